using Microsoft.Extensions.Logging;

namespace Millrace.App.Terminal;

/// <summary>The engine's log on standard error; <c>MILLRACE_LOG</c> names the least level that is shown
/// (<c>warning</c> when it is not set).</summary>
sealed class TerminalLog : ILoggerProvider
{
    const string LevelVariable = "MILLRACE_LOG";

    public static ILoggerFactory CreateFactory()
    {
        var level = Enum.TryParse<LogLevel>(
            Environment.GetEnvironmentVariable(LevelVariable), ignoreCase: true, out var named)
            ? named : LogLevel.Warning;
        return LoggerFactory.Create(logging => logging.SetMinimumLevel(level).AddProvider(new TerminalLog()));
    }

    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName);

    public void Dispose()
    {
        // Standard error is not this class's to close.
    }

    sealed class LineLogger(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception) + (exception is null ? "" : " " + exception.Message);
            Console.Error.WriteLine($"{logLevel.ToString().ToLowerInvariant()} {category}: {text}");
        }
    }
}
