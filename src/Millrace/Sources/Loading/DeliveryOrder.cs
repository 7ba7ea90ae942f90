using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>What becomes of rows that were read, and of those that the table has.</summary>
/// <param name="Table">The table.</param>
/// <param name="Mode">Whether they are added or replace all others.</param>
/// <param name="OnDrift">What happens when the columns are not the table's.</param>
/// <param name="KeyColumns">Rows take the place of those of the same key; empty adds them.</param>
/// <param name="DeletesOthers">Whether rows go whose key is not among those that were read.</param>
/// <param name="Cursor">Rows that the table has already, from the least value of this column on, are not added
/// again; null to add all.</param>
sealed record DeliveryOrder(
    string Table,
    TableMode Mode,
    DriftPolicy OnDrift,
    IReadOnlyList<string> KeyColumns,
    bool DeletesOthers = false,
    string? Cursor = null);
