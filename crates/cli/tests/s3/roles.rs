//! Profiles whose credentials are those of a role, with a server of tokens and buckets that is made up for it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::harness::{World, ran};

/// Answers AssumeRole with keys named after the role, and everything else as an empty list of buckets.
fn answer(mut stream: TcpStream, asked: &Sender<String>) {
    let (mut request, mut buffer) = (String::new(), [0; 8192]);
    // A form ends with a parameter that has a value, whatever pieces it comes in.
    while !request.contains("\r\n\r\n") || request.starts_with("POST") && !request.contains("RoleSessionName=") {
        let length = stream.read(&mut buffer).expect("a request");
        request.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    let role = request.split_once("role%2F").map(|(_, rest)| rest.split('&').next().unwrap_or_default().to_owned());
    let body = match role {
        Some(role) => format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>ASIA{role}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
             <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ),
        None => "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>".to_owned(),
    };
    let (_, rest) = request.split_once("Credential=").expect("a signature");
    let _ = asked.send(rest.split('/').next().unwrap_or_default().to_owned());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n";
    let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
}

/// Who signed each request, with a profile in force in one way or another.
fn signers(world: &World, arguments: &[&str], profile: Option<&str>) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, asked) = channel();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &sender)));
    let role = |name: &str, source: &str| {
        format!(
            "[profile {name}]\nrole_arn = arn:aws:iam::123456789012:role/{name}\nsource_profile = {source}\nservices = own\n"
        )
    };
    let services = format!("[services own]\ns3 =\n  endpoint_url = {endpoint}\nsts =\n  endpoint_url = {endpoint}\n");
    let user = "[profile user]\naws_access_key_id = AKIAuser\naws_secret_access_key = secret\nservices = own\n";
    let config = format!("{services}{user}{}{}", role("one", "user"), role("two", "one"));
    world.write("home/.aws/config", config.as_bytes());
    let mut command = world.command(arguments);
    command.env_remove("AWS_ENDPOINT_URL").env_remove("AWS_REGION");
    if let Some(profile) = profile {
        command.env("AWS_PROFILE", profile).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    }
    let ran = ran(command.output().expect("it runs"));
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    asked.try_iter().collect()
}

#[test]
fn roles_are_asked_for_one_upon_another() {
    let world = World::new();
    let chain = ["AKIAuser", "ASIAone", "ASIAtwo"];
    assert_eq!(signers(&world, &["ls", "--profile", "user"], None), chain[..1]);
    assert_eq!(signers(&world, &["ls", "--profile", "one"], None), chain[..2]);
    assert_eq!(signers(&world, &["ls", "--profile", "two"], None), chain);
    assert_eq!(signers(&world, &["ls", "--profile", "two", "--region", "eu-west-1"], None), chain);
    assert_eq!(signers(&world, &["ls"], Some("two")), chain);
}
