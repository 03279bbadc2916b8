//! Lists in pages.

use crate::harness::Server;

#[tokio::test]
async fn users_come_in_pages_and_by_path() {
    let server = Server::start().await;
    for number in 0..7 {
        let (name, path) = (format!("user{number}"), if number % 2 == 0 { "/even/" } else { "/odd/" });
        server.setup("CreateUser", &[("UserName", &name), ("Path", path)]).await;
    }
    let first = server.setup("ListUsers", &[("MaxItems", "3")]).await;
    assert_eq!(first.each("ListUsersResult/Users", "UserName"), ["user0", "user1", "user2"]);
    assert_eq!(first.text("ListUsersResult/IsTruncated"), "true");
    let marker = first.text("ListUsersResult/Marker");
    // What goes away between two pages neither hides nor repeats anything.
    server.setup("DeleteUser", &[("UserName", "user2")]).await;
    let second = server.setup("ListUsers", &[("MaxItems", "100"), ("Marker", marker)]).await;
    assert_eq!(second.each("ListUsersResult/Users", "UserName"), ["user3", "user4", "user5", "user6"]);
    assert_eq!(second.text("ListUsersResult/IsTruncated"), "false");
    assert!(!second.has("ListUsersResult/Marker"));
    let odd = server.setup("ListUsers", &[("PathPrefix", "/odd")]).await;
    assert_eq!(odd.each("ListUsersResult/Users", "UserName"), ["user1", "user3", "user5"]);
    let refused = server.iam(&server.root(), "ListUsers", &[("MaxItems", "1001")]).await;
    assert_eq!(refused.refusal(), (400, "ValidationError"));
}
