-- Buckets: which objects a repository of git-lfs has.
create table lfs_object (
    repository text not null,
    oid text not null,
    size_bytes integer not null,
    created_at integer not null,
    primary key (repository, oid)
) strict;

-- Buckets: who has locked a path of a repository.
create table lfs_lock (
    repository text not null,
    path text not null,
    lock_id text not null unique,
    owner text not null,
    locked_at integer not null,
    primary key (repository, path)
) strict;
