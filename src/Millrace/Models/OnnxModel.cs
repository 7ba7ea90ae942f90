using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Millrace.Models;

/// <summary>A model in ONNX format, run on the CPU. Each call computes on the thread that makes it: splitting a sum
/// over threads changes its rounding, so one thread is what makes equal inputs give equal bits. Parallelism comes from
/// calls for different items; <see cref="Run"/> may be called from several threads at once. The weights exist once,
/// however many threads call.</summary>
public sealed class OnnxModel : IDisposable
{
    readonly InferenceSession _session;
    readonly RunOptions _runOptions = new();

    OnnxModel(InferenceSession session)
    {
        _session = session;
    }

    /// <summary>Names of the inputs, in the model's order.</summary>
    public IReadOnlyList<string> InputNames => _session.InputNames;

    /// <summary>Names of the outputs, in the model's order.</summary>
    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    /// <summary>Loads a model from the bytes of an <c>.onnx</c> file; they are not needed afterwards.</summary>
    /// <exception cref="MillraceException"><c>model-damaged</c>: the bytes are no ONNX model that this runtime can
    /// run.</exception>
    public static OnnxModel Load(ReadOnlyMemory<byte> model)
    {
        if (model.IsEmpty)
            throw Damaged(model.Length, "it is empty", null);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            return new OnnxModel(new InferenceSession(WholeArray(model), options));
        }
        catch (OnnxRuntimeException exception)
        {
            throw Damaged(model.Length, exception.Message, exception);
        }
    }

    /// <summary>Runs the model on one float input and returns the asked outputs by name.</summary>
    /// <param name="input">The input's name; it must be the only one that the model needs.</param>
    /// <param name="values">The input, row-major.</param>
    /// <param name="shape">Its shape; a dimension that the model leaves open (N) may be any positive number.</param>
    /// <param name="outputs">The outputs to compute, all float.</param>
    /// <returns>Row-major values per output name; the caller owns the arrays.</returns>
    /// <exception cref="MillraceException"><c>model-input-mismatch</c>: a name that the model does not have, or a shape
    /// or element type that is not the model's.</exception>
    public IReadOnlyDictionary<string, float[]> Run(
        string input, ReadOnlySpan<float> values, ReadOnlySpan<long> shape, params ReadOnlySpan<string> outputs)
    {
        CheckInput(input, values.Length, shape);
        foreach (var output in outputs)
            CheckOutput(output);

        using var tensor = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, TensorElementType.Float, shape.ToArray());
        values.CopyTo(tensor.GetTensorMutableDataAsSpan<float>());
        var outputNames = outputs.ToArray();
        using var results = _session.Run(_runOptions, [input], [tensor], outputNames);
        var arrays = new Dictionary<string, float[]>(outputNames.Length, StringComparer.Ordinal);
        for (var i = 0; i < outputNames.Length; i++)
            arrays[outputNames[i]] = results[i].GetTensorDataAsSpan<float>().ToArray();
        return arrays;
    }

    /// <summary>Frees the model; no call may be under way.</summary>
    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }

    /// <summary>The runtime wants an array; one that holds exactly the model is handed on without a copy.</summary>
    static byte[] WholeArray(ReadOnlyMemory<byte> model) =>
        MemoryMarshal.TryGetArray(model, out var segment) && segment.Array is { } array && array.Length == model.Length
            ? array
            : model.ToArray();

    void CheckInput(string input, int valueCount, ReadOnlySpan<long> shape)
    {
        if (!_session.InputMetadata.TryGetValue(input, out var metadata))
            throw Mismatch($"The model has no input '{input}'; its inputs are {Describe(_session.InputMetadata)}.");
        if (_session.InputMetadata.Count > 1)
        {
            throw Mismatch($"The model needs {_session.InputMetadata.Count} inputs, " +
                $"{Describe(_session.InputMetadata)}, and only '{input}' is given.");
        }
        if (!metadata.IsTensor || metadata.ElementDataType != TensorElementType.Float)
            throw Mismatch($"Input {Describe(input, metadata)} of the model takes no float values.");
        if (!Fits(shape, metadata.Dimensions))
            throw Mismatch($"Shape {Describe(shape)} does not fit input {Describe(input, metadata)}.");
        var expected = CountOf(shape);
        if (expected != (UInt128)valueCount)
            throw Mismatch($"Shape {Describe(shape)} takes {expected:N0} values, and {valueCount:N0} are given.");
    }

    void CheckOutput(string output)
    {
        if (!_session.OutputMetadata.TryGetValue(output, out var metadata))
            throw Mismatch($"The model has no output '{output}'; its outputs are {Describe(_session.OutputMetadata)}.");
        if (!metadata.IsTensor || metadata.ElementDataType != TensorElementType.Float)
            throw Mismatch($"Output {Describe(output, metadata)} of the model gives no float values.");
    }

    static bool Fits(ReadOnlySpan<long> shape, int[] dimensions)
    {
        if (shape.Length != dimensions.Length)
            return false;
        for (var i = 0; i < shape.Length; i++)
        {
            if (shape[i] <= 0 || (dimensions[i] >= 0 && shape[i] != dimensions[i]))
                return false;
        }
        return true;
    }

    /// <summary>Saturates, so that a huge shape cannot wrap around to the number of values given.</summary>
    static UInt128 CountOf(ReadOnlySpan<long> shape)
    {
        UInt128 count = 1;
        foreach (var dimension in shape)
            count = count > long.MaxValue ? count : count * (ulong)dimension;
        return count;
    }

    static string Describe(IReadOnlyDictionary<string, NodeMetadata> nodes) =>
        string.Join(", ", nodes.Select(node => Describe(node.Key, node.Value)));

    static string Describe(string name, NodeMetadata metadata) => metadata.IsTensor
        ? $"'{name}' {metadata.ElementDataType.ToString().ToLowerInvariant()} " +
            $"[{string.Join(", ", metadata.Dimensions.Select(dimension => dimension < 0 ? "N" : $"{dimension}"))}]"
        : $"'{name}' {metadata.OnnxValueType}";

    static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    static MillraceException Mismatch(string message) =>
        new(ErrorKind.Invalid, "model-input-mismatch", message,
            "Call the model with the names and shapes it was made with.");

    static MillraceException Damaged(int length, string cause, Exception? inner) =>
        new(ErrorKind.Invalid, "model-damaged",
            $"The {length:N0} bytes are no ONNX model that can be run: {cause.TrimEnd('.', '\n')}.",
            "Export or copy the model again, and check the hash of the file.", inner);
}
