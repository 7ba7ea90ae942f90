-- Access: keys of the S3 server; the secret is sealed (docs/formats/access.md).
create table access_key (
    key_id text collate "C" not null primary key,
    sealed_secret text collate "C" not null,
    name text collate "C" not null,
    created_at bigint not null,
    expires_at bigint,
    is_disabled bigint not null
);

-- Access: what a key may do in the buckets that a pattern names.
create table access_grant (
    key_id text collate "C" not null references access_key (key_id),
    bucket text collate "C" not null,
    access_right text collate "C" not null,
    primary key (key_id, bucket)
);
