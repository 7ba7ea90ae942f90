-- Tables: queries that have a name (docs/formats/catalog.md). Reads is a JSON list of the names that the query has, as
-- they are written.
create table table_view (
    name text collate "C" not null primary key,
    query text collate "C" not null,
    reads text collate "C" not null,
    run_id text collate "C",
    created_at bigint not null
);

-- When a table was dropped; its history stays. Null for one that is there.
alter table data_table add column dropped_at bigint;
