-- Catalog: signs of life of processes that share it from several machines or folders; none in an embedded one.
create table process_beat (
    process_id text not null primary key,
    host text not null,
    pid integer not null,
    beat_at integer not null
) strict;
