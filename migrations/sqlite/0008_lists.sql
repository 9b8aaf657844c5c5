-- The directory is read in pages, by name in lower case. SQL knows lower case for ASCII only, so the server writes the
-- key; it fills in the keys of older channels when it starts.
alter table rooms add column name_key text not null default '';
create index rooms_directory_idx on rooms (name_key, id) where kind = 'channel' and access <> 'private';

-- Names by their parts: a folded name from each of its characters on. Whatever part of a name is typed, the rows that
-- begin with it are neighbours. `list` is 0 for people and 1 for channels, `inside` is 0 where a word begins.
create table name_parts (
    list integer not null,
    inside integer not null,
    part text not null,
    id integer not null,
    constraint name_parts_pkey primary key (list, inside, part, id)
) strict, without rowid;

insert into name_parts (list, inside, part, id)
with recursive cuts(id, inside, rest) as (
    select id, 0, search_text from users where not disabled and search_text <> ''
    union all
    select id, case when substr(rest, 1, 1) = ' ' then 0 else 1 end, substr(rest, 2) from cuts where length(rest) > 1
)
select 0, inside, rest, id from cuts where substr(rest, 1, 1) <> ' ' on conflict do nothing;
