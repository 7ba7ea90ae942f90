-- Buckets: which objects a repository of git-lfs has.
create table lfs_object (
    repository text collate "C" not null,
    oid text collate "C" not null,
    size_bytes bigint not null,
    created_at bigint not null,
    primary key (repository, oid)
);

-- Buckets: who has locked a path of a repository.
create table lfs_lock (
    repository text collate "C" not null,
    path text collate "C" not null,
    lock_id text collate "C" not null unique,
    owner text collate "C" not null,
    locked_at bigint not null,
    primary key (repository, path)
);
