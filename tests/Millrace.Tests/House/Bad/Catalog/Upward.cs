using System.ComponentModel;
using Millrace.Tests.House.Bad.Tables;

namespace Millrace.Tests.House.Bad.Catalog;

/// <summary>Each nested type points to a higher floor in another way.</summary>
static class Upward
{
    public interface InSignature
    {
        void Put(Shelf shelf);
    }

    public interface InGenericArgument
    {
        IReadOnlyList<Shelf[]> All { get; }
    }

    [TypeConverter(typeof(Shelf))]
    public interface InAttribute;

    public sealed class InBase : Shelf;

    public interface InInterface : IShelf;

    public static class InBody
    {
        public static object Make() => new Shelf();
    }

    public static class InClosure
    {
        public static Func<object> Make(int weight) => () => new Shelf { Weight = new Pebble(weight) };
    }

    public static class InCatch
    {
        public static bool Succeeds(Action action)
        {
            try
            {
                action();
                return true;
            }
            catch (ShelfException)
            {
                return false;
            }
        }
    }
}
