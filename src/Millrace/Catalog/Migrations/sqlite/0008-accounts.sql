-- Access: who owns what a key makes (docs/formats/access.md). A key without an account of its own is one.
create table account (
    account_id text not null primary key,
    display_name text not null,
    email text not null
) strict;

alter table access_key add column account_id text not null default '';

insert into account (account_id, display_name, email)
select key_id, case when name = '' then key_id else name end, '' from access_key;

update access_key set account_id = key_id;
