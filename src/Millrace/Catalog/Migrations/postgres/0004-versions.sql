-- Versions: names that point to commits. A commit is an object; its id is 64 hex digits.

create table branch (
    name text collate "C" not null primary key,
    commit_id text collate "C" not null,
    moved_at bigint not null
);

create table tag (
    name text collate "C" not null primary key,
    commit_id text collate "C" not null,
    message text collate "C",
    author text collate "C" not null,
    created_at bigint not null
);

-- Where the branches of other stores were when they were last looked at.
create table remote_branch (
    remote text collate "C" not null,
    name text collate "C" not null,
    commit_id text collate "C" not null,
    moved_at bigint not null,
    primary key (remote, name)
);

-- Every move of a ref: what was lost by one is found here. Ref is 'branch/NAME', 'tag/NAME' or 'remote/REMOTE/NAME'.
create table reflog (
    reflog_id bigint generated always as identity primary key,
    ref text collate "C" not null,
    before_id text collate "C",
    after_id text collate "C",
    why text collate "C" not null,
    author text collate "C" not null,
    moved_at bigint not null
);
create index reflog_by_ref on reflog (ref, reflog_id);
create index reflog_by_time on reflog (moved_at);

-- Lineage: what else has some content.
create index version_by_content on version (hash);
