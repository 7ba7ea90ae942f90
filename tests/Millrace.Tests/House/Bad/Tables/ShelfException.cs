namespace Millrace.Tests.House.Bad.Tables;

sealed class ShelfException : Exception;
