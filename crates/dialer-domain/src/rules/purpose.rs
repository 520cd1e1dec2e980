//! What a campaign calls people for: the law asks that first.

use crate::words::words;

words! {
    /// Why people are called.
    Purpose ("purpose") {
        /// To sell something, or to lead to a sale.
        Sales = "sales",
        /// To collect a debt.
        Collections = "collections",
        /// To tell somebody something they expect: an appointment, a delivery, a matter of a contract in force.
        Informational = "informational",
        /// To ask for opinions.
        Survey = "survey",
        /// To ask for donations.
        Charity = "charity",
    }
}
