-- Catalog: signs of life of processes that share it from several machines or folders. Times are the server's.
create table process_beat (
    process_id text collate "C" not null primary key,
    host text collate "C" not null,
    pid bigint not null,
    beat_at bigint not null
);
