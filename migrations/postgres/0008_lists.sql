-- Pages of the directory, and names by their parts: see the migration of the same name for SQLite.
alter table rooms add column name_key text collate "C" not null default '';
create index rooms_directory_idx on rooms (name_key, id) where kind = 'channel' and access <> 'private';

create table name_parts (
    list bigint not null,
    inside bigint not null,
    part text collate "C" not null,
    id bigint not null,
    constraint name_parts_pkey primary key (list, inside, part, id)
);

insert into name_parts (list, inside, part, id)
with recursive cuts(id, inside, rest) as (
    select id, 0::bigint, search_text from users where not disabled and search_text <> ''
    union all
    select id, case when substr(rest, 1, 1) = ' ' then 0 else 1 end, substr(rest, 2) from cuts where length(rest) > 1
)
select 0, inside, rest, id from cuts where substr(rest, 1, 1) <> ' ' on conflict do nothing;
