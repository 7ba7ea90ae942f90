-- Tables: how the checks of a table came out. Version_id is the version that was looked at: of the table, or of its
-- side table for a batch that was rejected; none when there is none. Examples is a JSON array of rows, rule the check
-- as JSON.
create table check_result (
    check_result_id integer not null primary key,
    run_id text not null references run (run_id),
    table_name text not null,
    version_id integer references version (version_id),
    name text not null,
    kind text not null,
    severity text not null,
    outcome text not null,
    observed real,
    checked_rows integer,
    failing_rows integer,
    message text not null,
    examples text not null,
    rule text not null,
    is_of_code integer not null,
    checked_at integer not null
) strict;
create index check_result_by_table on check_result (table_name, check_result_id);
create index check_result_by_run on check_result (run_id);
