namespace Millrace.Tests.House.Example;

public delegate bool Visit<in T>(T? item, Corner corner) where T : notnull;
