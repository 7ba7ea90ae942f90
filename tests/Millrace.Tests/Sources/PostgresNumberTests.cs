using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using CsCheck;
using Millrace.Sources.Databases;

namespace Millrace.Tests.SourcesRoom;

public sealed class PostgresNumberTests
{
    static readonly Gen<(BigInteger Value, int Scale)> Numbers = Gen.Select(
        Gen.ULong, Gen.ULong, Gen.Int[0, 38], Gen.Int[0, 38], Gen.Bool).Select((high, low, digits, scale, isNegative) =>
        {
            var value = ((BigInteger)high << 64 | low) % BigInteger.Pow(10, digits);
            return (isNegative ? -value : value, scale);
        });

    [Fact]
    public void A_number_that_is_written_is_read_as_itself() => Numbers.Sample(number =>
    {
        var bytes = new byte[40];
        var size = PostgresNumber.Write(bytes, (Int128)number.Value, number.Scale);

        Assert.True(PostgresNumber.TryDecimal(bytes.AsSpan(0, size), 38, number.Scale, out var value));
        Assert.Equal((Int128)number.Value, value);
        Assert.Equal(Text(number.Value, number.Scale), PostgresNumber.Text(bytes.AsSpan(0, size)));
    });

    [Fact]
    public void A_number_that_has_no_room_is_refused_and_never_cut() => Gen.Select(
        Numbers, Gen.Int[1, 38], Gen.Int[0, 38]).Sample((number, precision, wanted) =>
    {
        var scale = Math.Min(wanted, precision);
        var bytes = new byte[40];
        var size = PostgresNumber.Write(bytes, (Int128)number.Value, number.Scale);
        // What the number is in units of the column, when that is whole.
        var scaled = number.Value * BigInteger.Pow(10, scale);
        var unit = BigInteger.Pow(10, number.Scale);
        var fits = scaled % unit == 0 && BigInteger.Abs(scaled / unit) < BigInteger.Pow(10, precision);

        var isRead = PostgresNumber.TryDecimal(bytes.AsSpan(0, size), precision, scale, out var value);

        Assert.Equal(fits, isRead);
        if (fits)
        {
            Assert.Equal((Int128)(scaled / unit), value);
        }
    });

    [Theory]
    [InlineData(0xc000, "NaN")]
    [InlineData(0xd000, "Infinity")]
    [InlineData(0xf000, "-Infinity")]
    public void What_is_no_number_is_told_by_name(int sign, string text)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)sign);

        Assert.False(PostgresNumber.TryDecimal(bytes, 38, 0, out _));
        Assert.Equal(text, PostgresNumber.Text(bytes));
    }

    [Fact]
    public void Any_bytes_are_a_number_or_none() => Gen.Byte.Array[0, 40].Sample(bytes =>
    {
        PostgresNumber.TryDecimal(bytes, 38, 10, out _);
        if (bytes.Length < 6 || (bytes[2] & 0x80) == 0x80 || bytes[2] == 0)
        {
            PostgresNumber.Text(bytes);
        }
    });

    [Theory]
    [InlineData("0.05", 5)]
    [InlineData("-12.30", -1230)]
    [InlineData("99999999999999999999999999999999999999", null)]
    public void The_text_of_a_decimal_is_its_digits(string text, int? value) => Assert.Equal(
        value is { } small ? small : Int128.Parse(text, CultureInfo.InvariantCulture), PostgresCast.Number(text));

    static string Text(BigInteger value, int scale)
    {
        var digits = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = value < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }
}
