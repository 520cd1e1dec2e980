//! The provider's users: the agents whose phones ring first.

/// A user of the simulated account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedUser {
    /// The provider's user id, which `from` of a call names.
    pub id: u64,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Log-in name.
    pub email: String,
    /// Whether a phone of the user is switched on. Without one, a call for the user fails after a while.
    pub registered: bool,
    /// Whether the account lets the user make calls.
    pub active: bool,
    /// Digits shown to callees when a call names no caller ID.
    pub cli: Option<String>,
}

/// Invented on sight, so that nobody takes them for people.
const NAMES: [(&str, &str); 10] = [
    ("Ada", "Example"),
    ("Bo", "Sample"),
    ("Cleo", "Placeholder"),
    ("Dax", "Madeup"),
    ("Edda", "Invented"),
    ("Finn", "Notreal"),
    ("Gia", "Pretend"),
    ("Hal", "Mockley"),
    ("Ivy", "Dummy"),
    ("Jun", "Fictional"),
];

impl SimulatedUser {
    /// `count` active users with their phones on, with ids from 10001.
    #[must_use]
    pub fn crew(count: u32) -> Vec<Self> {
        let names = NAMES.iter().cycle();
        (1..=u64::from(count))
            .zip(names)
            .map(|(number, (first_name, last_name))| Self {
                id: 10_000 + number,
                first_name: (*first_name).to_owned(),
                last_name: (*last_name).to_owned(),
                email: format!("agent{number}@simulated.example"),
                registered: true,
                active: true,
                cli: Some("442079460001".to_owned()),
            })
            .collect()
    }

    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The internal number of the user's phone, four digits.
    #[must_use]
    pub fn extension(&self) -> String {
        format!("{}", 1000 + self.id % 9000)
    }
}
