namespace Millrace.Tests.House.Example;

public enum Corner
{
    Left = 1,
    Right = 2,
}
