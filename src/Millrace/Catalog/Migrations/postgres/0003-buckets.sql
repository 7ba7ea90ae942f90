-- Buckets: names in which objects have keys, versions and settings, by the rules of S3.

create table bucket (
    bucket_id bigint generated always as identity primary key,
    name text collate "C" not null unique,
    owner text collate "C" not null,
    created_at bigint not null,
    versioning bigint not null,
    has_lock bigint not null
);

-- A bucket's cors, acl, policy, tags, lock default: one text each.
create table bucket_setting (
    bucket_id bigint not null references bucket (bucket_id),
    name text collate "C" not null,
    value text collate "C" not null,
    primary key (bucket_id, name)
);

-- Every version of every key. seq counts down: the newest version of a key has the least.
create table bucket_object (
    bucket_id bigint not null references bucket (bucket_id),
    key text collate "C" not null,
    seq bigint not null,
    version_id text collate "C" not null,
    is_latest bigint not null,
    is_marker bigint not null,
    size_bytes bigint not null,
    etag text collate "C" not null,
    modified_at bigint not null,
    owner text collate "C" not null,
    checksum text collate "C" not null,
    lock_mode text collate "C" not null,
    lock_until bigint not null,
    legal_hold bigint not null,
    tags text collate "C" not null,
    acl text collate "C" not null,
    headers text collate "C" not null,
    body text collate "C" not null,
    primary key (bucket_id, key, seq)
);
create unique index bucket_object_by_version on bucket_object (bucket_id, key, version_id);
create index bucket_object_listed on bucket_object (bucket_id, key) where is_latest = 1 and is_marker = 0;

-- An upload in parts; outcome is empty while it is open, and what was answered once it is complete.
create table multipart_upload (
    upload_id text collate "C" not null primary key,
    bucket_id bigint not null references bucket (bucket_id),
    key text collate "C" not null,
    owner text collate "C" not null,
    created_at bigint not null,
    checksum_kind text collate "C" not null,
    lock_mode text collate "C" not null,
    lock_until bigint not null,
    legal_hold bigint not null,
    tags text collate "C" not null,
    acl text collate "C" not null,
    headers text collate "C" not null,
    outcome text collate "C" not null
);
create index multipart_upload_by_key on multipart_upload (bucket_id, key, upload_id);

create table upload_part (
    upload_id text collate "C" not null references multipart_upload (upload_id),
    number bigint not null,
    hash text collate "C" not null,
    size_bytes bigint not null,
    etag text collate "C" not null,
    checksum text collate "C" not null,
    modified_at bigint not null,
    primary key (upload_id, number)
);
