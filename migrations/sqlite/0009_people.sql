-- An account may be no person, and may lack an e-mail address and a password. SQLite changes a `not null` only with the
-- table; the rows of the tables that refer to it stay, since migrations run without the actions of foreign keys.

create table users_new (
    id integer not null,
    username text not null,
    username_key text not null,
    kind text not null default 'person',
    name text not null,
    email text,
    birth_date text,
    password_hash text,
    role text not null,
    disabled integer not null default 0,
    auth_epoch integer not null default 0,
    search_text text not null,
    created_at integer not null,
    constraint users_pkey primary key (id),
    constraint users_username_key unique (username_key),
    constraint users_email_key unique (email),
    constraint users_kind_check check (kind in ('person', 'bot', 'visitor', 'deleted'))
) strict;

insert into users_new (id, username, username_key, name, email, birth_date, password_hash, role, disabled, auth_epoch,
    search_text, created_at)
select id, username, username_key, name, email, birth_date, password_hash, role, disabled, auth_epoch, search_text, created_at
from users;
drop table users;
alter table users_new rename to users;

-- Nothing ever wrote or read it.
alter table rooms drop column changed_seq;
