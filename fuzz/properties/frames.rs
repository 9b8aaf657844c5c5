//! Bytes behind an accepted handshake.

use super::server::Server;

/// Whatever comes as frames is answered by a close or passed over, and never by much.
pub async fn check(server: &Server, data: &[u8]) {
    let address = server.address;
    let mut request = format!(
        "GET /api/live HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n{}Connection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGFwbyBoYXJuZXNzIGtleQ==\r\n\r\n",
        server.cookie
    )
    .into_bytes();
    request.extend_from_slice(data);
    // A close for those that left the connection open, and a frame with reserved bits for those that wait for
    // the rest of one.
    request.extend_from_slice(&[0x88, 0x80, 0, 0, 0, 0]);
    request.extend_from_slice(&[0xff; 70 * 1024]);
    let answer = server.ask(&request).await;
    assert_eq!(answer.status, 101);
}

/// Well-formed masked frames: of each four bytes found, the first is the opcode and the end mark, the next two the
/// length, and the last what fills it. So a fuzzer comes past the first byte.
pub fn written(data: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    for chunk in data.chunks_exact(4) {
        let length = u16::from_le_bytes([chunk[1], chunk[2]]) % 2_048;
        frames.extend_from_slice(&[chunk[0] & 0x8f, 0x80 | 126]);
        frames.extend_from_slice(&length.to_be_bytes());
        frames.extend_from_slice(&[0; 4]);
        frames.extend(std::iter::repeat_n(chunk[3], usize::from(length)));
    }
    frames
}
