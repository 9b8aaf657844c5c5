#!/usr/bin/env python3
"""A bot that answers whoever mentions it, and answers each mention once, whatever happens in between.

    PAPO_URL=http://127.0.0.1:3000 PAPO_TOKEN=papo_… python3 bot.py cursors.json

What makes it dependable, and what every client needs (docs/protocol.md tells the protocol):

- A cursor per room, kept in a file: everything up to it has been dealt with. It moves only after the answer to a
  message is stored on the server. So nothing is passed over, however the bot ends.
- The answer's `cid` is made from the message that is answered. If the bot does not know whether its answer
  arrived, it says the same again with the same cid, and the server keeps one.
"""

import json
import os
import random
import re
import sys
import time
import urllib.request
import uuid
from collections import deque

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

SESSION_ENDED = 4001


class Memory:
    """The cursors and the epoch that they belong to, in a small file."""

    def __init__(self, path):
        self.path = path
        self.epoch, self.cursors = "", {}
        if os.path.exists(path):
            with open(path) as file:
                kept = json.load(file)
            self.epoch = kept["epoch"]
            self.cursors = {int(room): seq for room, seq in kept["cursors"].items()}

    def begin(self, epoch):
        """Another epoch is another history, such as a restored backup: cursors of the old one mean nothing."""
        if epoch != self.epoch:
            self.epoch, self.cursors = epoch, {}

    def advance(self, room, seq):
        if seq > self.cursors.get(room, -1):
            self.cursors[room] = seq
            self.save()

    def save(self):
        # Never half a file: the new one takes the old one's place when it is complete and on the disk.
        with open(self.path + ".new", "w") as file:
            json.dump({"epoch": self.epoch, "cursors": self.cursors}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)


class Bot:
    def __init__(self, url, token, memory):
        self.url, self.memory = url.rstrip("/"), memory
        self.proof = {"Authorization": f"Bearer {token}"}
        self.me = None
        # User names by id.
        self.people = {}
        self.events = deque()

    def run(self):
        """Connects again and again, each time after a longer while, and at random: so do all the others."""
        wait = 0.5
        while True:
            try:
                address = self.url.replace("http", "ws", 1) + "/api/live"
                with connect(address, additional_headers=self.proof, max_size=None) as self.socket:
                    self.events.clear()
                    wait = 0.5
                    self.listen()
            except InvalidStatus as refusal:
                if refusal.response.status_code in (401, 403):
                    sys.exit("the token is not good, or may not write")
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code == SESSION_ENDED:
                    sys.exit("the token has been revoked")
            except OSError as error:
                print(f"no connection: {error}", file=sys.stderr)
            time.sleep(random.uniform(0.5, wait))
            wait = min(wait * 2, 30)

    def listen(self):
        while True:
            event = self.next_event()
            kind, room, seq = event["type"], event.get("room"), event.get("seq")
            if kind == "hello":
                self.me = event["user"]
                self.memory.begin(event["epoch"])
                self.sync()
            elif kind == "people":
                self.learn(event["people"])
            elif kind in ("rooms", "more_rooms"):
                self.see_rooms(event["rooms"])
            elif kind == "synced":
                for message in event["messages"]:
                    self.consider(message)
                self.memory.advance(room, event["head"])
            elif kind == "reload":
                self.read_on(room)
            elif kind == "error":
                print(f"refused: {event}", file=sys.stderr)
            elif room is not None and seq is not None and kind != "delivery":
                self.take(event)

    def learn(self, people):
        """Events and pages name people by id."""
        self.people.update((user["id"], user["username"]) for user in people)

    def next_event(self):
        """What came while an answer was on its way, and then what comes."""
        return self.events.popleft() if self.events else json.loads(self.socket.recv())

    def say(self, command):
        self.socket.send(json.dumps(command))

    def sync(self):
        """Asks for what was missed in the rooms that have a cursor."""
        self.say({"type": "sync", "epoch": self.memory.epoch, "rooms": self.memory.cursors})

    def see_rooms(self, rooms):
        """Begins with new rooms where their reading ended: what was said since is for the bot too."""
        new = [room for room in rooms if room["id"] not in self.memory.cursors]
        for room in new:
            self.memory.advance(room["id"], room["read_seq"])
        if new:
            self.sync()

    def take(self, event):
        """A durable event. Seqs have no gaps: if one is left out, so is an event."""
        cursor = self.memory.cursors.get(event["room"])
        if cursor is None or event["seq"] > cursor + 1:
            self.sync()
        elif event["seq"] == cursor + 1:
            if event["type"] == "message":
                self.consider(event)
            self.memory.advance(event["room"], event["seq"])

    def read_on(self, room):
        """Too much was missed for one `synced`: reads the room's history from the cursor on."""
        page = f"/api/rooms/{room}/messages?after={self.memory.cursors[room]}&limit=100"
        while page:
            request = urllib.request.Request(self.url + page, headers=self.proof)
            with urllib.request.urlopen(request) as answer:
                found = json.load(answer)
            self.learn(found.get("people", []))
            for message in found["items"]:
                self.consider(message)
                self.memory.advance(room, message["seq"])
            page = found.get("next")

    def consider(self, message):
        is_mine = message["from"] == self.me["id"]
        mention = re.compile(rf"(?<!\w)@{re.escape(self.me['username'])}(?![\w-])", re.IGNORECASE)
        if message["kind"] == "text" and not is_mine and mention.search(message["text"]):
            # Without an "@": bots that mention each other would never end.
            words = len(message["text"].split())
            whom = self.people.get(message["from"], "you")
            self.answer(message, f"Hello {whom}, I have read your {words} words.")

    def answer(self, message, text):
        """Sends until the server has it; other events wait meanwhile."""
        cid = cid_of_answer(message)
        while True:
            self.say({"type": "message", "cid": cid, "room": message["room"], "text": text})
            while True:
                event = json.loads(self.socket.recv())
                if event.get("cid") == cid and event["type"] in ("delivery", "error"):
                    break
                self.events.append(event)
            if event["type"] == "delivery":
                return
            if "retry_after_ms" not in event:
                # For good: the bot has left the room, say, or answered already in other words.
                print(f"not answered: {event}", file=sys.stderr)
                return
            time.sleep(event["retry_after_ms"] / 1000)


def cid_of_answer(message):
    """A UUIDv7 that is always the same for the same message: its moment, and its id as the random part."""
    return str(uuid.UUID(int=(message["at"] // 1000) << 80 | 7 << 76 | 2 << 62 | message["id"]))


if __name__ == "__main__":
    if len(sys.argv) != 2 or "PAPO_TOKEN" not in os.environ:
        sys.exit("PAPO_TOKEN=… bot.py FILE (and PAPO_URL, if it is not http://127.0.0.1:3000)")
    server = os.environ.get("PAPO_URL", "http://127.0.0.1:3000")
    try:
        Bot(server, os.environ["PAPO_TOKEN"], Memory(sys.argv[1])).run()
    except KeyboardInterrupt:
        pass
