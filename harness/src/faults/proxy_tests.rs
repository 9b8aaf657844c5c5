//! Each fault of the proxy, as an echo server and its client see it.

use super::*;

async fn echo() -> (Proxy, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.into_split();
                tokio::io::copy(&mut from, &mut to).await.ok();
            });
        }
    });
    let proxy = Proxy::start(server).await.unwrap();
    let client = TcpStream::connect(proxy.address).await.unwrap();
    (proxy, client)
}

async fn says(client: &mut TcpStream, word: &[u8]) -> Vec<u8> {
    client.write_all(word).await.unwrap();
    let mut answer = vec![0; word.len()];
    let length = client.read(&mut answer).await.unwrap_or(0);
    answer.truncate(length);
    answer
}

#[tokio::test]
async fn an_open_proxy_passes_everything_on() {
    let (_proxy, mut client) = echo().await;
    assert_eq!(says(&mut client, b"hello").await, b"hello");
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_not_what_comes() {
    let (proxy, mut client) = echo().await;
    assert_eq!(says(&mut client, b"hello").await, b"hello");
    proxy.cut();
    assert_eq!(client.read(&mut [0]).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let mut client = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(says(&mut client, b"again").await, b"again");
}

#[tokio::test]
async fn what_is_paused_arrives_later() {
    let (proxy, mut client) = echo().await;
    assert_eq!(says(&mut client, b"hello").await, b"hello");
    proxy.to_client(Flow::Paused);
    client.write_all(b"later").await.unwrap();
    proxy.heal();
    let mut answer = [0; 5];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"later");
}

#[tokio::test]
async fn a_frame_is_truncated_and_the_connection_reset() {
    let (proxy, mut client) = echo().await;
    proxy.to_client(Flow::Truncated);
    assert_eq!(says(&mut client, b"abcdefgh").await, b"abcd");
    assert!(client.read(&mut [0]).await.is_err());
}

#[tokio::test]
async fn what_is_lost_in_one_direction_never_arrives() {
    let (proxy, mut client) = echo().await;
    assert_eq!(says(&mut client, b"hello").await, b"hello");
    proxy.to_server(Flow::Lost);
    client.write_all(b"lost").await.unwrap();
    // The loss is over once the proxy has read it; a new connection proves that nothing holds it up.
    tokio::task::yield_now().await;
    let mut probe = TcpStream::connect(proxy.address).await.unwrap();
    probe.write_all(b"lost too").await.unwrap();
    assert!(probe.try_read(&mut [0; 8]).is_err());
    assert!(client.try_read(&mut [0; 8]).is_err());
}

#[tokio::test]
async fn new_connections_are_refused_on_demand() {
    let (proxy, mut client) = echo().await;
    assert_eq!(says(&mut client, b"hello").await, b"hello");
    proxy.refuse_new(true);
    let mut late = TcpStream::connect(proxy.address).await.unwrap();
    assert!(matches!(late.read(&mut [0]).await, Err(_) | Ok(0)));
    assert_eq!(says(&mut client, b"still").await, b"still");
}
