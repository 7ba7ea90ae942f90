-- Buckets: names in which objects have keys, versions and settings, by the rules of S3.

create table bucket (
    bucket_id integer not null primary key,
    name text not null unique,
    owner text not null,
    created_at integer not null,
    versioning integer not null,
    has_lock integer not null
) strict;

-- A bucket's cors, acl, policy, tags, lock default: one text each.
create table bucket_setting (
    bucket_id integer not null references bucket (bucket_id),
    name text not null,
    value text not null,
    primary key (bucket_id, name)
) strict, without rowid;

-- Every version of every key. seq counts down: the newest version of a key has the least.
create table bucket_object (
    bucket_id integer not null references bucket (bucket_id),
    key text not null,
    seq integer not null,
    version_id text not null,
    is_latest integer not null,
    is_marker integer not null,
    size_bytes integer not null,
    etag text not null,
    modified_at integer not null,
    owner text not null,
    checksum text not null,
    lock_mode text not null,
    lock_until integer not null,
    legal_hold integer not null,
    tags text not null,
    acl text not null,
    headers text not null,
    body text not null,
    primary key (bucket_id, key, seq)
) strict, without rowid;
create unique index bucket_object_by_version on bucket_object (bucket_id, key, version_id);
create index bucket_object_listed on bucket_object (bucket_id, key) where is_latest = 1 and is_marker = 0;

-- An upload in parts; outcome is empty while it is open, and what was answered once it is complete.
create table multipart_upload (
    upload_id text not null primary key,
    bucket_id integer not null references bucket (bucket_id),
    key text not null,
    owner text not null,
    created_at integer not null,
    checksum_kind text not null,
    lock_mode text not null,
    lock_until integer not null,
    legal_hold integer not null,
    tags text not null,
    acl text not null,
    headers text not null,
    outcome text not null
) strict, without rowid;
create index multipart_upload_by_key on multipart_upload (bucket_id, key, upload_id);

create table upload_part (
    upload_id text not null references multipart_upload (upload_id),
    number integer not null,
    hash text not null,
    size_bytes integer not null,
    etag text not null,
    checksum text not null,
    modified_at integer not null,
    primary key (upload_id, number)
) strict, without rowid;
