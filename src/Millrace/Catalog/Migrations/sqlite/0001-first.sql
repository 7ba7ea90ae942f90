-- The first format of the catalog. Times are microseconds since 1970 UTC; JSON is text; booleans are 0 or 1.

create table migration (
    number integer not null primary key,
    name text not null,
    applied_at integer not null
) strict;

-- Lineage: one execution of a kind, with its parent.
create table run (
    run_id text not null primary key,
    kind text not null,
    name text not null,
    parent_id text references run (run_id),
    task_key text,
    code text not null,
    parameters text not null,
    outcome text not null,
    message text,
    started_at integer not null,
    ended_at integer
) strict;
create index run_by_parent on run (parent_id);
create index run_by_name on run (kind, name, started_at);

-- Lineage: every version of every thing that has versions, under one numbering.
create table version (
    version_id integer not null primary key,
    kind text not null,
    name text not null,
    number integer not null,
    hash text not null,
    run_id text references run (run_id),
    created_at integer not null,
    summary text not null,
    unique (kind, name, number)
) strict;
create index version_by_hash on version (kind, name, hash);
create index version_by_run on version (run_id);

-- Lineage: input version -> run (is_output 0), run -> output version (is_output 1).
create table lineage_edge (
    run_id text not null references run (run_id),
    version_id integer not null references version (version_id),
    is_output integer not null,
    role text not null,
    primary key (run_id, version_id, is_output, role)
) strict;
create index lineage_edge_by_version on lineage_edge (version_id, is_output);

-- A version that is named by something that must stay readable.
create table pin (
    version_id integer not null references version (version_id),
    holder text not null,
    created_at integer not null,
    primary key (version_id, holder)
) strict;

-- Refs: the only thing that changes, by compare-and-set.
create table ref (
    kind text not null,
    thing text not null,
    name text not null,
    version_id integer not null references version (version_id),
    moved_at integer not null,
    primary key (kind, thing, name)
) strict;

-- Tables: where each is, and what its rows are told apart by.
create table data_table (
    name text not null primary key,
    table_id text not null unique,
    location text not null,
    key_columns text not null,
    created_at integer not null
) strict;

-- Tables: a publication that has begun; completed or dropped when the workspace is opened.
create table publication_intent (
    attempt_id text not null primary key,
    process_id text not null,
    host text not null,
    created_at integer not null,
    payload text not null
) strict;

-- Pipelines: what a task's key gave, so that the same key is not run again.
create table task_result (
    task_key text not null primary key,
    pipeline text not null,
    task text not null,
    run_id text not null references run (run_id),
    outputs text not null,
    finished_at integer not null
) strict;

-- Pipelines: each try of a task run.
create table attempt (
    attempt_id text not null primary key,
    run_id text not null references run (run_id),
    number integer not null,
    outcome text not null,
    message text,
    log_path text,
    started_at integer not null,
    ended_at integer
) strict;
create index attempt_by_run on attempt (run_id);

-- Pipelines: who runs a task key now.
create table lease (
    name text not null primary key,
    attempt_id text not null,
    process_id text not null,
    host text not null,
    pid integer not null,
    since integer not null
) strict;

-- Tracking: parameters and metrics of a run.
create table run_parameter (
    run_id text not null references run (run_id),
    name text not null,
    value text not null,
    primary key (run_id, name)
) strict;
create table run_metric (
    run_id text not null references run (run_id),
    name text not null,
    step integer not null,
    value real not null,
    primary key (run_id, name, step)
) strict;
