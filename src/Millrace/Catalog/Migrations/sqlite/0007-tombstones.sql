-- Objects: what was erased on purpose. Kind is 'object', 'row' or 'version'; a row is known by a salted digest of its
-- key, never by the key. Detail is JSON.
create table tombstone (
    tombstone_id integer not null primary key,
    erasure_id text not null,
    kind text not null,
    name text not null,
    hash text not null,
    detail text not null,
    reason text,
    erased_by text not null,
    erased_at integer not null
) strict;
create index tombstone_by_hash on tombstone (kind, hash);

-- An erasure that has begun; carried through when the workspace is opened. It holds no key.
create table erasure_intent (
    erasure_id text not null primary key,
    payload text not null,
    created_at integer not null
) strict;

-- A move of the workspace into this catalog that is not done; who began it may begin again.
create table move_intent (
    move_id text not null primary key,
    source text not null,
    started_at integer not null
) strict;
