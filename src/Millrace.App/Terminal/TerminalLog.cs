using Microsoft.Extensions.Logging;

namespace Millrace.App.Terminal;

/// <summary>The engine's log on standard error; <c>MILLRACE_LOG</c> names the least level that is shown
/// (<c>warning</c> when it is not set).</summary>
/// <remarks>A factory of its own: building the usual one takes 40 ms of every short command.</remarks>
sealed class TerminalLog : ILoggerFactory
{
    const string LevelVariable = "MILLRACE_LOG";

    readonly LogLevel _least = LevelOf(Environment.GetEnvironmentVariable(LevelVariable));

    public static ILoggerFactory CreateFactory() => new TerminalLog();

    /// <remarks>What the host cannot start it throws too, and that is shown in Millrace's own words.</remarks>
    public ILogger CreateLogger(string categoryName) => new LineLogger(
        categoryName,
        _least == LogLevel.Warning && categoryName.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal)
            ? LogLevel.Critical : _least);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("The terminal is the only place that this log goes to.");

    public void Dispose()
    {
        // Standard error is not this class's to close.
    }

    static LogLevel LevelOf(string? name) =>
        name is { Length: > 0 } && Enum.TryParse(typeof(LogLevel), name, ignoreCase: true, out var named)
            ? (LogLevel)named : LogLevel.Warning;

    sealed class LineLogger(string category, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var text = formatter(state, exception) + (exception is null ? "" : " " + exception.Message);
            Console.Error.WriteLine($"{logLevel.ToString().ToLowerInvariant()} {category}: {text}");
        }
    }
}
