namespace Millrace.Tests.House.Example;

public readonly record struct Point(int X, int Y)
{
    public static Point operator +(Point left, Point right) => new(left.X + right.X, left.Y + right.Y);
}
