-- Tables: how the checks of a table came out. Version_id is the version that was looked at: of the table, or of its
-- side table for a batch that was rejected; none when there is none. Examples is a JSON array of rows, rule the check
-- as JSON.
create table check_result (
    check_result_id bigint generated always as identity primary key,
    run_id text collate "C" not null references run (run_id),
    table_name text collate "C" not null,
    version_id bigint references version (version_id),
    name text collate "C" not null,
    kind text collate "C" not null,
    severity text collate "C" not null,
    outcome text collate "C" not null,
    observed double precision,
    checked_rows bigint,
    failing_rows bigint,
    message text collate "C" not null,
    examples text collate "C" not null,
    rule text collate "C" not null,
    is_of_code bigint not null,
    checked_at bigint not null
);
create index check_result_by_table on check_result (table_name, check_result_id);
create index check_result_by_run on check_result (run_id);
