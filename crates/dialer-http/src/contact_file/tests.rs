use dialer_app::ContactInput;
use dialer_domain::imports::{ContactField, Place};
use rstest::rstest;

use super::*;

fn open(bytes: &[u8]) -> Result<ContactFile<&[u8]>, FileError> {
    ContactFile::open(bytes, &Options::default())
}

fn rows(bytes: &[u8]) -> Vec<Row> {
    open(bytes).unwrap().map(Result::unwrap).collect()
}

fn contacts(bytes: &[u8]) -> Vec<ContactInput> {
    let content = |row: Row| row.content.unwrap_or_else(|problem| panic!("line {}: {problem:?}", row.line));
    rows(bytes).into_iter().map(content).collect()
}

fn problem(row: &Row) -> (&'static str, &str) {
    let problem = row.content.as_ref().err().unwrap();
    (problem.reason.as_str(), &problem.message)
}

fn refusal(bytes: &[u8]) -> String {
    open(bytes).err().unwrap().to_string()
}

#[test]
fn a_plain_file_is_read() {
    let all =
        contacts(b"phone_number,first_name,last_name,email,company\n+447700900101,Ada,Example,ada@example.com,Acme\n");
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].phone_number, "+447700900101");
    assert_eq!(all[0].first_name.as_deref(), Some("Ada"));
    assert_eq!(all[0].last_name.as_deref(), Some("Example"));
    assert_eq!(all[0].email.as_deref(), Some("ada@example.com"));
    assert_eq!(all[0].company.as_deref(), Some("Acme"));
}

#[rstest]
#[case("Phone Number,First Name,Surname,E-Mail,Organisation")]
#[case("PHONE,firstname,family-name,mail,Company Name")]
#[case(" tel , Given_Name , LAST NAME , email address , business")]
#[case("Mobile,First,Last,Email,Organization")]
#[case("number,forename,lastName,eMail,company")]
fn people_s_names_of_columns_are_understood(#[case] header: &str) {
    let file = format!("{header}\n+447700900101,Ada,Example,ada@example.com,Acme\n");
    let all = contacts(file.as_bytes());
    assert_eq!(all[0].phone_number, "+447700900101");
    assert_eq!(
        [&all[0].first_name, &all[0].last_name, &all[0].email, &all[0].company].map(|field| field.as_deref()),
        [Some("Ada"), Some("Example"), Some("ada@example.com"), Some("Acme")]
    );
    assert!(all[0].metadata.is_empty(), "{:?}", all[0].metadata);
}

#[test]
fn unknown_columns_and_further_numbers_are_kept_under_their_names() {
    let all = contacts(
        b"mobile,phone,Plan,,Plan\n+447700900102,+447700900101,gold,x,silver\n+447700900103,+447700900104,,,\n",
    );
    assert_eq!(all[0].phone_number, "+447700900101");
    let kept: Vec<_> = all[0].metadata.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    assert_eq!(kept, [("Plan", "gold"), ("Plan_2", "silver"), ("column_4", "x"), ("mobile", "+447700900102")]);
    assert_eq!(all[1].metadata.len(), 1, "empty fields are not kept");
}

#[rstest]
#[case(b';')]
#[case(b'\t')]
#[case(b',')]
fn the_delimiter_is_seen_in_the_header(#[case] delimiter: u8) {
    let file = b"phone|\"name, with; all\tof them\"\n+447700900101|Ada\n"
        .map(|byte| if byte == b'|' { delimiter } else { byte });
    let all = contacts(&file);
    assert_eq!((all[0].phone_number.as_str(), all[0].metadata.len()), ("+447700900101", 1));
}

#[test]
fn a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm() {
    let all = rows(b"\xEF\xBB\xBF\r\nphone,company\r\n\r\n+447700900101,Acme\r\n\r\n\r\n+447700900102,\r\n");
    let seen: Vec<_> = all.iter().map(|row| (row.line, row.content.as_ref().unwrap().phone_number.as_str())).collect();
    assert_eq!(seen, [(4, "+447700900101"), (7, "+447700900102")]);
}

#[test]
fn a_row_of_another_length_is_reported_with_its_line_and_the_rest_is_read() {
    let all = rows(
        b"phone,company\n+447700900101,Acme\n+447700900102\n+447700900103,A,B\n+447700900104,A,,\n+447700900105,B\n",
    );
    assert_eq!((all[1].line, problem(&all[1])), (3, ("wrong_field_count", "this row has 1 field, the header has 2")));
    assert_eq!((all[2].line, problem(&all[2])), (4, ("wrong_field_count", "this row has 3 fields, the header has 2")));
    assert!(all[3].content.is_ok(), "empty fields at the end are no mistake");
    assert!(all[4].content.is_ok());
}

#[rstest]
#[case(b"phone,company\n+447700900101,\"Acme\n+447700900102,B\n", "unclosed_quote")]
#[case(b"phone,note\n+447700900101,\"a note\n+447700900102,B\n", "unclosed_quote")]
#[case(b"phone,note,city\n\"+447700900101,A,B\n+447700900102,C,D\n", "wrong_field_count")]
#[case(b"phone,company,x\n+447700900101,\"A,B\n+447700900102,C\",D\n", "unclosed_quote")]
fn rows_that_vanish_inside_a_quotation_are_not_lost_in_silence(#[case] file: &[u8], #[case] code: &str) {
    let all = rows(file);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].line, problem(&all[0]).0), (2, code));
    assert!(problem(&all[0]).1.contains("runs over 2 lines; probably a quotation mark is not closed"));
}

#[test]
fn a_note_of_several_lines_is_no_mistake() {
    let all = rows(b"phone,note\n+447700900101,\"one\ntwo \"\"three\"\"\"\n+447700900102,6\" pipe\n");
    assert_eq!(all[0].content.as_ref().unwrap().metadata["note"], "one\ntwo \"three\"");
    assert_eq!((all[1].line, all[1].content.is_ok()), (4, true));
}

#[test]
fn a_row_without_an_end_stops_the_reading_before_memory_runs_out() {
    let mut file = b"phone,company\n+447700900101,A\n+447700900102,\"B\n".to_vec();
    for _ in 0..100_000 {
        file.extend_from_slice(b"+447700900103,a company\n");
    }
    let mut reading = open(&file).unwrap();
    assert!(reading.next().unwrap().unwrap().content.is_ok());
    let error = reading.next().unwrap().err().unwrap();
    assert!(matches!(error, FileError::EndlessRow { line: 3 }), "{error}");
}

#[test]
fn a_file_of_any_length_is_read_within_the_bounds_of_a_row() {
    let mut file = b"phone,company\n".to_vec();
    for _ in 0..100_000 {
        file.extend_from_slice(b"+447700900103,a company\n");
    }
    assert_eq!(open(&file).unwrap().filter(|row| row.as_ref().is_ok_and(|row| row.content.is_ok())).count(), 100_000);
}

#[test]
fn a_row_in_an_older_encoding_is_reported_with_its_line_and_the_rest_is_read() {
    let all = rows(b"phone,company\n+447700900101,Caf\xE9\n+447700900102,Caf\xC3\xA9\n");
    assert_eq!((all[0].line, problem(&all[0]).0), (2, "not_utf8"));
    assert!(problem(&all[0]).1.contains("save the file as \"CSV UTF-8\""));
    assert_eq!(all[1].content.as_ref().unwrap().company.as_deref(), Some("Café"));
}

#[test]
fn numbers_that_a_spreadsheet_has_spoilt_are_explained() {
    let all = rows(b"phone\n4.47701E+11\n'+447700900101\n");
    assert_eq!(problem(&all[0]).0, "invalid_number");
    assert!(problem(&all[0]).1.contains("a spreadsheet has rounded this number"));
    assert_eq!(all[1].content.as_ref().unwrap().phone_number, "+447700900101");
}

#[test]
fn a_character_that_cannot_be_stored_costs_its_row_only() {
    let all = rows(b"phone,company\n+447700900101,A\0B\n+447700900102,C\n");
    assert_eq!(problem(&all[0]).0, "invalid_field");
    assert!(all[1].content.is_ok());
}

#[rstest]
#[case(b"", "the file is empty")]
#[case(b" \r\n \n", "the file is empty")]
#[case(b"\xEF\xBB\xBF", "the file is empty")]
#[case(b"\xFF\xFEp\0h\0o\0n\0e\0\n\0", "UTF-16; save it as \"CSV UTF-8\"")]
#[case(b"p\0h\0o\0n\0e\0\n\0+\x004\x004\0", "UTF-16")]
#[case(b"PK\x03\x04workbook", "workbook")]
#[case(b"t\xE9l,company\n+447700900101,A\n", "line 1: the header is not UTF-8")]
#[case(b"name,company\nAda,Acme\n", "The columns are: name, company. Name the one that does phone_number")]
#[case(b"+447700900101,Ada\n", "the first line looks like a contact already")]
fn a_file_that_is_no_contact_list_says_what_to_do(#[case] bytes: &[u8], #[case] expected: &str) {
    let message = refusal(bytes);
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_header_alone_is_a_list_of_nobody() {
    assert_eq!(rows(b"phone,company\n").len(), 0);
    assert_eq!(rows(b"phone").len(), 0);
}

#[test]
fn a_mapping_names_the_columns_that_hold_fields_and_the_others_are_known_by_their_names() {
    let file = b"Telefon;phone;Vorname;company\n+447700900101;+447700900102;Ada;Acme\n";
    let named = |field, column: &str| (field, column.to_owned());
    let mapping = [named(ContactField::PhoneNumber, "Telefon"), named(ContactField::FirstName, " vorname ")].into();
    let mut reading = ContactFile::open(&file[..], &Options { mapping, delimiter: None }).unwrap();
    let row = reading.next().unwrap().unwrap().content.unwrap();
    assert_eq!((row.phone_number.as_str(), row.first_name.as_deref()), ("+447700900101", Some("Ada")));
    assert_eq!((row.company.as_deref(), row.metadata["phone"].as_str()), (Some("Acme"), Some("+447700900102")));
    let about = reading.about();
    assert_eq!((about.delimiter, about.byte_order_mark, about.header.len()), (b';', false, 4));
    assert_eq!(about.mapping[&ContactField::FirstName], "Vorname");
    assert_eq!(about.mapping[&ContactField::Company], "company");
}

#[test]
fn a_mapping_to_a_column_that_is_not_there_says_which_there_are() {
    let mapping = [(ContactField::PhoneNumber, "Telefon".to_owned())].into();
    let error = ContactFile::open(&b"phone,name\n"[..], &Options { mapping, delimiter: None }).err().unwrap();
    assert_eq!(error.to_string(), "line 1: there is no column Telefon. The columns are: phone, name");
}

#[test]
fn a_delimiter_that_is_given_wins_over_what_the_header_speaks_for() {
    let options = Options { delimiter: Some(b'|'), ..Options::default() };
    let mut reading = ContactFile::open(&b"phone|a,b,c\n+447700900101|x\n"[..], &options).unwrap();
    assert_eq!(reading.next().unwrap().unwrap().content.unwrap().metadata["a,b,c"], "x");
}

#[rstest]
#[case(b"phone,note\n+447700900101,a\n+447700900102,\"b\nc\"\n\n+447700900103,d\nring me\n+447700900105,e")]
#[case(
    b"\xEF\xBB\xBFphone,note\r\n+447700900101,a\r\n\r\n+447700900102,\"b\r\nc\"\r\n+447700900103\r\n+447700900104,\r\n"
)]
fn reading_goes_on_from_any_place_as_if_it_had_not_stopped(#[case] file: &[u8]) {
    let seen = |row: Row| (row.line, row.phone_number, row.content.map(|row| row.phone_number));
    let mut whole = open(file).unwrap();
    let mut places = vec![whole.place()];
    let mut all = Vec::new();
    while let Some(row) = whole.next() {
        all.push(seen(row.unwrap()));
        places.push(whole.place());
    }
    assert!(all.len() >= 4);
    for (read, place) in places.into_iter().enumerate() {
        let from = usize::try_from(place.bytes).unwrap();
        let resumed = open(file).unwrap().resumed(&file[from..], place);
        assert_eq!(resumed.map(|row| seen(row.unwrap())).collect::<Vec<_>>(), all[read..], "from {place:?}");
    }
    assert_eq!(open(file).unwrap().resumed(&[], Place { bytes: 0, lines: 0 }).count(), 0);
}
