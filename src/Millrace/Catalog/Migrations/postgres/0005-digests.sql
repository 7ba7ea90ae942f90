-- Objects: what others call an object: an MD5 as DVC and S3 know it.
create table object_digest (
    hash text collate "C" not null,
    algorithm text collate "C" not null,
    digest text collate "C" not null,
    primary key (hash, algorithm)
);
create index object_digest_by_digest on object_digest (algorithm, digest);

-- Versions: trees that came from DVC or git-lfs, by the name they were given.
create table imported_tree (
    name text collate "C" not null primary key,
    tree text collate "C",
    origin text collate "C" not null,
    imported_at bigint not null
);

-- Versions: files of an import whose bytes are still where they came from.
create table attached_file (
    name text collate "C" not null references imported_tree (name),
    path text collate "C" not null,
    algorithm text collate "C" not null,
    digest text collate "C" not null,
    size_bytes bigint,
    is_executable bigint not null,
    primary key (name, path)
);
