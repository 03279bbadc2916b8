use super::*;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Letter(&'static str);

impl Named for Letter {
    const ALL: &'static [Self] = &[Self("A")];
    const NOT_HERE: &'static [&'static str] = &["B"];

    fn name(self) -> &'static str {
        self.0
    }
}

fn input(text: &str) -> Input {
    Input::parse(text.as_bytes()).expect("an object")
}

fn refusal<T: std::fmt::Debug>(read: Result<T, Fault>, code: Code) -> String {
    let fault = read.expect_err("a refusal");
    assert_eq!(fault.code, code, "{fault:?}");
    fault.message
}

#[test]
fn rules_are_told_in_the_words_of_aws() {
    let input = input(
        r#"{"KeyId":"","AliasName":"a b","KeySpec":"DES","Limit":0,"Plaintext":"","Operations":["Sing"],
            "Tags":[{"TagKey":"k"}],"Policy":null}"#,
    );
    let at = "1 validation error detected: Value";
    let told = |read| refusal(read, Code::VALIDATION);
    assert_eq!(
        told(input.required("KeyId", &rules::KEY_ID).map(drop)),
        format!("{at} '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1")
    );
    assert_eq!(
        told(input.required("Policy", &rules::POLICY).map(drop)),
        format!("{at} null at 'policy' failed to satisfy constraint: Member must not be null")
    );
    assert_eq!(
        told(input.required("AliasName", &rules::ALIAS_NAME).map(drop)),
        format!(
            "{at} 'a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        )
    );
    assert_eq!(
        told(input.named::<Letter>("KeySpec").map(drop)),
        format!("{at} 'DES' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [A, B]")
    );
    assert_eq!(
        told(input.number("Limit", 1..=1000).map(drop)),
        format!("{at} '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")
    );
    assert_eq!(
        told(input.required_blob("Plaintext", 1..=4096).map(drop)),
        format!("{at} at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1")
    );
    assert_eq!(
        told(input.required_list_named::<Letter>("Operations").map(drop)),
        format!(
            "{at} '[Sing]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [A, B]]"
        )
    );
    let unsupported = Input::parse(br#"{"L":"B"}"#).expect("an object").named::<Letter>("L");
    assert!(refusal(unsupported, Code::UNSUPPORTED_OPERATION).starts_with("L B is not supported"));
    let tags = input.objects("Tags", 50).expect("a list");
    assert_eq!(
        told(tags[0].required("TagValue", &rules::TAG_VALUE).map(drop)),
        format!("{at} null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null")
    );
}

#[test]
fn another_type_is_not_read() {
    let input = input(r#"{"KeyId":7,"Blob":"!","Flag":"true","Limit":1.5,"Tags":{},"Map":{"a":1},"At":-1}"#);
    let told = |read| refusal(read, Code::SERIALIZATION);
    assert_eq!(
        told(input.required("KeyId", &rules::KEY_ID).map(drop)),
        "NUMBER_VALUE can not be converted to a String"
    );
    told(input.blob("Blob", 0..=9).map(drop));
    told(input.flag("Flag").map(drop));
    told(input.number("Limit", 1..=9).map(drop));
    told(input.objects("Tags", 1).map(drop));
    told(input.map("Map").map(drop));
    told(input.time("At").map(drop));
    for body in ["[]", "7", "{", "{\"a\":1}x", "\u{feff}{}"] {
        refusal(Input::parse(body.as_bytes()), Code::SERIALIZATION);
    }
    assert!(!Input::parse(b"").expect("nothing").has("KeyId"));
}

#[test]
fn values_come_as_they_were_sent() {
    let input = input(r#"{"Blob":"/wA=","At":1767225600.25,"Map":{"b":"2","a":"1"},"Texts":["x","y"],"Flag":true}"#);
    assert_eq!(**input.required_blob("Blob", 1..=2).expect("bytes"), [0xff, 0]);
    assert_eq!(input.time("At").expect("a time"), Some(Timestamp::from_millis(1_767_225_600_250)));
    assert_eq!(input.map("Map").expect("a map").expect("given")["b"], "2");
    assert_eq!(input.texts("Texts", &rules::KEY_ID, 2).expect("texts"), ["x", "y"]);
    assert!(input.texts("Texts", &rules::KEY_ID, 1).is_err());
    assert!(input.flag("Flag").expect("a truth") && !input.flag("Other").expect("none"));
}
