//! The official SDK, over a connector of ours: it needs no TLS and no second HTTP library.

use std::net::SocketAddr;

use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::config::{Credentials, Region, RequestChecksumCalculation};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::BodyExt;

use super::{ACCESS_KEY_ID, REGION, SECRET, TestServer, exchange};

/// A client as an application configures it: everything else is the SDK's default.
pub(crate) fn sdk(server: &TestServer) -> aws_sdk_s3::Client {
    let address = server.address;
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "tests"))
        .endpoint_url(format!("http://{address}"))
        .force_path_style(true)
        .request_checksum_calculation(RequestChecksumCalculation::WhenSupported)
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(Connector(address))))
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

#[derive(Debug)]
struct Connector(SocketAddr);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let address = self.0;
        HttpConnectorFuture::new(async move { converse(address, request).await })
    }
}

async fn converse(address: SocketAddr, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\nconnection: close\r\n", parts.method).into_bytes();
    if !parts.headers.contains_key("host") {
        head.extend_from_slice(format!("host: {}\r\n", parts.uri.authority().expect("a host")).as_bytes());
    }
    for (name, value) in &parts.headers {
        head.extend_from_slice(format!("{name}: ").as_bytes());
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    if !parts.headers.contains_key("content-length") && !body.is_empty() {
        head.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    let answer = exchange(address, head, body.to_vec()).await;
    let mut response = http::Response::new(SdkBody::from(answer.body));
    *response.status_mut() = http::StatusCode::from_u16(answer.status).expect("a status");
    *response.headers_mut() = answer.headers;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
}
