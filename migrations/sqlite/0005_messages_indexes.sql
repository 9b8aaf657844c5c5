-- A posted message touches as few pages as it can. The cids that our clients make grow with time, so with them in front the
-- newest are neighbours, whoever wrote them; an unchanged message has its place in the index of its seq; what is
-- unread is found by that too. A constraint of a table can only be changed with the table.

create table messages_new (
    id integer not null,
    room_id integer not null,
    seq integer not null,
    author_id integer not null,
    cid text,
    kind text not null,
    notice text,
    text text not null,
    html text not null,
    at integer not null,
    changed_seq integer not null,
    constraint messages_pkey primary key (id),
    constraint messages_room_seq_key unique (room_id, seq),
    constraint messages_cid_author_key unique (cid, author_id),
    constraint messages_room_fkey foreign key (room_id) references rooms (id),
    constraint messages_author_fkey foreign key (author_id) references users (id)
) strict;

insert into messages_new select * from messages;
drop table messages;
alter table messages_new rename to messages;

create index messages_changed_idx on messages (room_id, changed_seq) where changed_seq <> seq;
-- Texts are counted as all but these.
create index messages_other_idx on messages (room_id) where kind <> 'text';

-- A room's head is the seq of its last message, or that of a later change. So storing messages is one statement.
create trigger messages_head after insert on messages begin
    update rooms set last_seq = new.seq where id = new.room_id and last_seq < new.seq;
end;
