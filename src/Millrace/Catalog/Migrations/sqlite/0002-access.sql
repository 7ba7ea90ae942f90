-- Access: keys of the S3 server; the secret is sealed (docs/formats/access.md).
create table access_key (
    key_id text not null primary key,
    sealed_secret text not null,
    name text not null,
    created_at integer not null,
    expires_at integer,
    is_disabled integer not null
) strict;

-- Access: what a key may do in the buckets that a pattern names.
create table access_grant (
    key_id text not null references access_key (key_id),
    bucket text not null,
    access_right text not null,
    primary key (key_id, bucket)
) strict;
