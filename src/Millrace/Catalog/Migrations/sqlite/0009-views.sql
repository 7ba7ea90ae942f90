-- Tables: queries that have a name (docs/formats/catalog.md). Reads is a JSON list of the names that the query has, as
-- they are written.
create table table_view (
    name text not null primary key,
    query text not null,
    reads text not null,
    run_id text,
    created_at integer not null
) strict;

-- When a table was dropped; its history stays. Null for one that is there.
alter table data_table add column dropped_at integer;
