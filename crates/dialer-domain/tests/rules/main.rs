//! The rules, on whole campaigns, contacts and calls.

#[cfg(test)]
mod abandonment;
mod ahead;
mod api_keys;
#[cfg(test)]
mod audio;
mod campaigns;
mod dispositions;
mod dossiers;
mod eligibility;
mod evidence;
mod explain_call;
#[cfg(test)]
mod explain_campaign;
mod explain_contact;
mod figures;
#[cfg(test)]
mod follow_ups;
#[cfg(test)]
mod inbound;
#[cfg(test)]
mod law;
mod merge;
mod news;
#[cfg(test)]
mod places;
mod settle;
