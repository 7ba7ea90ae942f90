-- Versions: names that point to commits. A commit is an object; its id is 64 hex digits.

create table branch (
    name text not null primary key,
    commit_id text not null,
    moved_at integer not null
) strict;

create table tag (
    name text not null primary key,
    commit_id text not null,
    message text,
    author text not null,
    created_at integer not null
) strict;

-- Where the branches of other stores were when they were last looked at.
create table remote_branch (
    remote text not null,
    name text not null,
    commit_id text not null,
    moved_at integer not null,
    primary key (remote, name)
) strict;

-- Every move of a ref: what was lost by one is found here. Ref is 'branch/NAME', 'tag/NAME' or 'remote/REMOTE/NAME'.
create table reflog (
    reflog_id integer not null primary key,
    ref text not null,
    before_id text,
    after_id text,
    why text not null,
    author text not null,
    moved_at integer not null
) strict;
create index reflog_by_ref on reflog (ref, reflog_id);
create index reflog_by_time on reflog (moved_at);

-- Lineage: what else has some content.
create index version_by_content on version (hash);
