-- The first format of the catalog. Times are microseconds since 1970 UTC; JSON is text; booleans are 0 or 1.
-- Text is compared by its bytes, as SQLite does, whatever the database's own order is.

create table migration (
    number bigint not null primary key,
    name text collate "C" not null,
    applied_at bigint not null
);

-- Lineage: one execution of a kind, with its parent.
create table run (
    run_id text collate "C" not null primary key,
    kind text collate "C" not null,
    name text collate "C" not null,
    parent_id text collate "C" references run (run_id),
    task_key text collate "C",
    code text collate "C" not null,
    parameters text collate "C" not null,
    outcome text collate "C" not null,
    message text collate "C",
    started_at bigint not null,
    ended_at bigint
);
create index run_by_parent on run (parent_id);
create index run_by_name on run (kind, name, started_at);

-- Lineage: every version of every thing that has versions, under one numbering.
create table version (
    version_id bigint generated always as identity primary key,
    kind text collate "C" not null,
    name text collate "C" not null,
    number bigint not null,
    hash text collate "C" not null,
    run_id text collate "C" references run (run_id),
    created_at bigint not null,
    summary text collate "C" not null,
    unique (kind, name, number)
);
create index version_by_hash on version (kind, name, hash);
create index version_by_run on version (run_id);

-- Lineage: input version -> run (is_output 0), run -> output version (is_output 1).
create table lineage_edge (
    run_id text collate "C" not null references run (run_id),
    version_id bigint not null references version (version_id),
    is_output bigint not null,
    role text collate "C" not null,
    primary key (run_id, version_id, is_output, role)
);
create index lineage_edge_by_version on lineage_edge (version_id, is_output);

-- A version that is named by something that must stay readable.
create table pin (
    version_id bigint not null references version (version_id),
    holder text collate "C" not null,
    created_at bigint not null,
    primary key (version_id, holder)
);

-- Refs: the only thing that changes, by compare-and-set.
create table ref (
    kind text collate "C" not null,
    thing text collate "C" not null,
    name text collate "C" not null,
    version_id bigint not null references version (version_id),
    moved_at bigint not null,
    primary key (kind, thing, name)
);

-- Tables: where each is, and what its rows are told apart by.
create table data_table (
    name text collate "C" not null primary key,
    table_id text collate "C" not null unique,
    location text collate "C" not null,
    key_columns text collate "C" not null,
    created_at bigint not null
);

-- Tables: a publication that has begun; completed or dropped when the workspace is opened.
create table publication_intent (
    attempt_id text collate "C" not null primary key,
    process_id text collate "C" not null,
    host text collate "C" not null,
    created_at bigint not null,
    payload text collate "C" not null
);

-- Pipelines: what a task's key gave, so that the same key is not run again.
create table task_result (
    task_key text collate "C" not null primary key,
    pipeline text collate "C" not null,
    task text collate "C" not null,
    run_id text collate "C" not null references run (run_id),
    outputs text collate "C" not null,
    finished_at bigint not null
);

-- Pipelines: each try of a task run.
create table attempt (
    attempt_id text collate "C" not null primary key,
    run_id text collate "C" not null references run (run_id),
    number bigint not null,
    outcome text collate "C" not null,
    message text collate "C",
    log_path text collate "C",
    started_at bigint not null,
    ended_at bigint
);
create index attempt_by_run on attempt (run_id);

-- Pipelines: who runs a task key now.
create table lease (
    name text collate "C" not null primary key,
    attempt_id text collate "C" not null,
    process_id text collate "C" not null,
    host text collate "C" not null,
    pid bigint not null,
    since bigint not null
);

-- Tracking: parameters and metrics of a run.
create table run_parameter (
    run_id text collate "C" not null references run (run_id),
    name text collate "C" not null,
    value text collate "C" not null,
    primary key (run_id, name)
);
create table run_metric (
    run_id text collate "C" not null references run (run_id),
    name text collate "C" not null,
    step bigint not null,
    value double precision not null,
    primary key (run_id, name, step)
);
