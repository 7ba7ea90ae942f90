namespace Millrace.Tests.House.Bad.Tables;

interface IShelf;
