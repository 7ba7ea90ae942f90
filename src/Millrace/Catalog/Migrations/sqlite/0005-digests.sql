-- Objects: what others call an object: an MD5 as DVC and S3 know it.
create table object_digest (
    hash text not null,
    algorithm text not null,
    digest text not null,
    primary key (hash, algorithm)
) strict;
create index object_digest_by_digest on object_digest (algorithm, digest);

-- Versions: trees that came from DVC or git-lfs, by the name they were given.
create table imported_tree (
    name text not null primary key,
    tree text,
    origin text not null,
    imported_at integer not null
) strict;

-- Versions: files of an import whose bytes are still where they came from.
create table attached_file (
    name text not null references imported_tree (name),
    path text not null,
    algorithm text not null,
    digest text not null,
    size_bytes integer,
    is_executable integer not null,
    primary key (name, path)
) strict;
