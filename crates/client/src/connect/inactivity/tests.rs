//! A server and bodies that take their time.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::sleep;

use super::*;

const LIMIT: Duration = Duration::from_millis(400);
const MOMENT: Duration = Duration::from_millis(100);

/// Takes a body slowly, stops after so many frames if it is to, and answers in two pieces with a pause between them.
#[derive(Clone, Copy, Debug)]
struct Server {
    stops_after: usize,
    pause: Duration,
}

impl HttpConnector for Server {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let server = *self;
        HttpConnectorFuture::new(async move {
            let mut body = request.take_body();
            let mut frames = 0;
            while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                assert!(frame.expect("a frame").into_data().expect("data").len() <= STEP);
                frames += 1;
                if frames == server.stops_after {
                    std::future::pending::<()>().await;
                }
                sleep(MOMENT).await;
            }
            let body =
                SdkBody::from_body_1_x(Slow { left: 2, pause: Box::pin(sleep(server.pause)), every: server.pause });
            Ok(HttpResponse::new(200.try_into().expect("a status"), body))
        })
    }
}

/// Pieces with a pause before each.
struct Slow {
    left: usize,
    pause: Pin<Box<Sleep>>,
    every: Duration,
}

impl Body for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        ready!(self.pause.as_mut().poll(context));
        self.left -= 1;
        let next = Instant::now() + self.every;
        self.pause.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"piece")))))
    }
}

async fn call(server: Server, body: SdkBody) -> Result<usize, String> {
    let connector = LimitedConnector { connector: SharedHttpConnector::new(server), limit: LIMIT };
    let mut answer = connector.call(HttpRequest::new(body)).await.map_err(|error| {
        assert!(error.is_timeout());
        error.into_source().to_string()
    })?;
    let mut body = answer.take_body();
    let mut came = 0;
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        came += frame.map_err(|error| error.to_string())?.into_data().expect("data").len();
    }
    Ok(came)
}

fn piece(steps: usize) -> SdkBody {
    SdkBody::from(vec![7; steps * STEP])
}

#[tokio::test]
async fn what_moves_may_take_longer_than_the_limit() {
    let server = Server { stops_after: 0, pause: LIMIT - MOMENT };
    // Eight steps of a moment each, and an answer in two pieces: each of the two takes longer than the limit.
    assert_eq!(call(server, piece(8)).await, Ok(10));
}

#[tokio::test]
async fn a_body_that_is_not_ready_is_not_the_servers_doing() {
    let server = Server { stops_after: 0, pause: MOMENT };
    let slow = Slow { left: 2, pause: Box::pin(sleep(LIMIT * 2)), every: LIMIT * 2 };
    assert_eq!(call(server, SdkBody::from_body_1_x(slow)).await, Ok(10));
}

#[tokio::test]
async fn a_server_that_takes_no_more_is_given_up() {
    let server = Server { stops_after: 2, pause: MOMENT };
    let began = Instant::now();
    assert!(call(server, piece(8)).await.expect_err("quiet").contains("nothing moved"));
    assert!(began.elapsed() >= LIMIT + MOMENT, "the step before the last counts");
}

#[tokio::test]
async fn a_server_that_sends_no_more_is_given_up() {
    let server = Server { stops_after: 0, pause: LIMIT * 3 };
    assert!(call(server, SdkBody::empty()).await.expect_err("quiet").contains("nothing moved"));
}

#[test]
fn copies_and_completions_are_work() {
    let request = |method: &str, uri: &str, header: Option<&'static str>| {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method(method).expect("a method");
        request.set_uri(uri).expect("a URI");
        header.into_iter().for_each(|name| drop(request.headers_mut().insert(name, "b/k")));
        is_silent_work(&request)
    };
    assert!(request("PUT", "http://h/b/k", Some("x-amz-copy-source")));
    assert!(request("POST", "http://h/b/k?uploadId=1", None));
    assert!(!request("POST", "http://h/b/k?uploads", None));
    assert!(!request("PUT", "http://h/b/k?partNumber=1&uploadId=1", None));
}
