-- What the server signs with. A backup may leave this table's rows out: they are made anew when they are missing.
create table secrets (
    key text not null,
    value text not null,
    constraint secrets_pkey primary key (key)
);

insert into secrets (key, value) select key, value from settings where key in ('setup', 'token');
delete from settings where key in ('setup', 'token');

-- Sessions are known by the hashes of their ids from now on; the server hashes those that are there at its start.
delete from ended_sessions;
delete from tickets;
