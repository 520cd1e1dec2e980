//! The rules, on whole campaigns, contacts and calls.

mod api_keys;
#[cfg(test)]
mod audio;
mod campaigns;
mod dispositions;
mod eligibility;
mod evidence;
mod explain_call;
#[cfg(test)]
mod explain_campaign;
mod explain_contact;
mod figures;
#[cfg(test)]
mod inbound;
mod merge;
mod news;
mod settle;
