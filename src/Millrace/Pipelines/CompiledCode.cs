using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace Millrace.Pipelines;

/// <summary>The hash of what a compiler made of its sources, without what comments and blank lines change.</summary>
/// <remarks>Hashed are the metadata (names, signatures, texts) and the bodies of all methods. Left out are the module's
/// version id and the debug directory, which change with line numbers: ECMA-335, II.24.</remarks>
static class CompiledCode
{
    public static string Hash(string assembly)
    {
        using var stream = File.OpenRead(assembly);
        using var image = new PEReader(stream, PEStreamOptions.PrefetchEntireImage);
        var reader = image.GetMetadataReader();
        var metadata = image.GetMetadata().GetContent().ToArray();
        var guids = reader.GetHeapMetadataOffset(HeapIndex.Guid);
        metadata.AsSpan(guids, reader.GetHeapSize(HeapIndex.Guid)).Clear();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(metadata);
        foreach (var handle in reader.MethodDefinitions)
        {
            var address = reader.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address != 0)
            {
                hash.AppendData(image.GetMethodBody(address).GetILBytes() ?? []);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
