"""A mail server for the tests: mail_server.py FOLDER.

Prints the port that it listens on. Each mail that it takes becomes a file of FOLDER. An address that begins with
`later` is refused for now until the file FOLDER/open is there, one that begins with `never` for good.
"""

import asyncio
import pathlib
import sys

from aiosmtpd.smtp import SMTP

folder = pathlib.Path(sys.argv[1])


class Inbox:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("later") and not (folder / "open").exists():
            return "451 4.3.2 Come again later"
        if address.startswith("never"):
            return "550 5.1.1 Nobody has this address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        Inbox.count += 1
        (folder / f"{Inbox.count}.eml").write_bytes(envelope.content)
        return "250 Taken"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Inbox(), loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
