-- Objects: what was erased on purpose. Kind is 'object', 'row' or 'version'; a row is known by a salted digest of its
-- key, never by the key. Detail is JSON.
create table tombstone (
    tombstone_id bigint generated always as identity primary key,
    erasure_id text collate "C" not null,
    kind text collate "C" not null,
    name text collate "C" not null,
    hash text collate "C" not null,
    detail text collate "C" not null,
    reason text collate "C",
    erased_by text collate "C" not null,
    erased_at bigint not null
);
create index tombstone_by_hash on tombstone (kind, hash);

-- An erasure that has begun; carried through when the workspace is opened. It holds no key.
create table erasure_intent (
    erasure_id text collate "C" not null primary key,
    payload text collate "C" not null,
    created_at bigint not null
);

-- A move of the workspace into this catalog that is not done; who began it may begin again.
create table move_intent (
    move_id text collate "C" not null primary key,
    source text collate "C" not null,
    started_at bigint not null
);
