//! Stable error codes (design rule: letter + three digits; a retired code is never used again).
//! CONTRACT: append within a letter group; every code has `error-<CODE>-applicant|officer|technician` in Fluent.

/// Defines the enum, its text and the list of all codes from one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// A code a person can meet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name),+ }

        impl ErrorCode {
            /// Every code, in order.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name),+];

            /// The stable text, for example `D101`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $code),+ }
            }

            /// The code with this text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(ErrorCode::$name),)+ _ => None }
            }
        }
    };
}

codes! {
    /// Device not present at its bound port.
    DeviceAbsent = "D101",
    /// Device present, no permission.
    DeviceDenied = "D102",
    /// Device does not answer in time.
    DeviceTimeout = "D103",
    /// Device busy with another claim.
    DeviceBusy = "D104",
    /// Device unplugged during the operation.
    DeviceUnplugged = "D105",
    /// Bytes from the device break its protocol (checksum, length, garbage).
    DeviceProtocol = "D106",
    /// Device reports a hardware fault or was given up after repeated restarts.
    DeviceHardware = "D107",
    /// Device worker process crashed or hung and was restarted.
    DeviceWorker = "D108",
    /// Card must be lifted and put again.
    CardRetry = "D111",
    /// Number on the card fails GB 11643 (check digit or date).
    CardNumberInvalid = "D112",
    /// Card is past its validity.
    CardExpired = "D113",
    /// Card record cannot be understood.
    CardUnreadable = "D114",
    /// A different person's card than the case's.
    CardOtherPerson = "D115",
    /// Finger not placed well; hint given.
    FingerRetry = "D121",
    /// Fingerprint could not be taken after the tries allowed.
    FingerFailed = "D122",
    /// Camera gives no picture.
    CameraNoPicture = "D131",
    /// Picture data is not an image.
    CameraBadImage = "D132",
    /// Server cannot be reached.
    NetworkDown = "N101",
    /// Server answered too late.
    NetworkTimeout = "N102",
    /// Server answered something that cannot be understood.
    NetworkGarbage = "N103",
    /// Server refused the request.
    NetworkRefused = "N104",
    /// Station not enrolled or its certificate refused.
    NetworkIdentity = "N105",
    /// Bundle quarantined by the centre; a person must look.
    SyncQuarantined = "N106",
    /// Station clock too far from the centre's.
    ClockSkew = "N107",
    /// One-time enrolment code wrong, expired or used up.
    EnrolCodeRefused = "N108",
    /// The same bundle id was sent before with other bytes.
    BundleConflict = "N109",
    /// The upload offset is not the true one.
    UploadOffset = "N110",
    /// Request body larger than allowed.
    BodyTooLarge = "N111",
    /// Too many requests in a short time.
    TooManyRequests = "N112",
    /// Somebody else than the centre answers on this line (a sign-in page, an intercepting proxy).
    NetworkPortal = "N113",
    /// The station's store was put back to an older state; a new epoch was begun.
    StoreRolledBack = "N114",
    /// Disk full; new cases stop.
    DiskFull = "S101",
    /// Store file cannot be read or fails its check.
    StoreDamaged = "S102",
    /// Write was not made durable.
    StoreWrite = "S103",
    /// Sealed data cannot be opened with the keys at hand.
    SealBroken = "S104",
    /// No receipt number left in the lease.
    LeaseExhausted = "S105",
    /// The centre failed internally; the details stand in its log only.
    CentreInternal = "S106",
    /// Step not allowed in the case's state.
    CaseState = "C101",
    /// A required field is missing.
    FieldMissing = "C102",
    /// A field's value breaks its rule.
    FieldInvalid = "C103",
    /// A required material is missing.
    MaterialMissing = "C104",
    /// Signed-off content was changed afterwards.
    SignOffBroken = "C105",
    /// The item is not offered here or in this version.
    ItemUnknown = "C106",
    /// The item needs live data and the station is offline.
    ItemNeedsNetwork = "C107",
    /// Daily print limit reached.
    PrintLimit = "C108",
    /// Reviewer and decider must differ.
    FourEyes = "C109",
    /// The step was based on an older version of the case.
    StaleVersion = "C110",
    /// No such case, licence or proof.
    NotFound = "C111",
    /// Another person has to agree and give a reason.
    ApprovalMissing = "C112",
    /// The applicant has to be told in writing first.
    NoticeMissing = "C113",
    /// Extended before, or longer than the law allows.
    ExtensionRefused = "C114",
    /// 容缺 is not open to this case, or its materials are still missing.
    DeferralRefused = "C115",
    /// The hearing's host may not review the case.
    HearingHost = "C116",
    /// Parts of a joint case are still open, or the step belongs to a part.
    PartsOpen = "C117",
    /// A guardian has to be present.
    GuardianNeeded = "C118",
    /// The agent is not authorised for this.
    AgentRefused = "C119",
    /// This service was rated before.
    RatedBefore = "C120",
    /// No place left, or booking barred.
    SlotRefused = "C121",
    /// The payment's state does not allow this.
    PaymentState = "C122",
    /// The hall or station is stopped.
    ServiceStopped = "C123",
    /// The item's draft breaks rules of its guide.
    ItemUnsound = "C124",
    /// 已过补交期限.
    SupplyLate = "C125",
    /// 不在开放时间.
    HallClosed = "C126",
    /// Printer out of paper.
    PrinterPaperOut = "P101",
    /// Paper jam.
    PrinterJam = "P102",
    /// Cover open.
    PrinterCover = "P103",
    /// Toner or ink empty.
    PrinterToner = "P104",
    /// Printer stopped or refused the job.
    PrinterStopped = "P105",
    /// Outcome of the print unknown; a person must look at the sheet.
    PrintUnknown = "P106",
    /// A character has no glyph; the licence may not be printed.
    GlyphMissing = "P107",
    /// Blank stock serial not in the operator's range or already used.
    SerialRefused = "P108",
    /// No seal of the department is in use; nothing that bears one is made.
    SealRefused = "P109",
    /// Face comparison not possible or in the grey zone; goes to a person.
    FaceToPerson = "V101",
    /// Page too blurred, dark or cut.
    PagePoor = "V102",
    /// Not signed in or session over.
    SignedOut = "A101",
    /// Account or password wrong.
    SignInWrong = "A102",
    /// Account locked.
    AccountLocked = "A103",
    /// Not allowed for this role.
    NotAllowed = "A104",
    /// Evidence view without reason.
    ReasonMissing = "A105",
    /// A form came without this session's token.
    FormForged = "A106",
    /// People are not searched without their card, an open case or a logged reason.
    SearchRefused = "A107",
    /// One person may not do both steps.
    SamePerson = "A108",
    /// Configuration file cannot be read.
    ConfigUnreadable = "K101",
    /// Configuration value is wrong.
    ConfigInvalid = "K102",
    /// Format version not supported by this release.
    FormatUnknown = "K103",
    /// A needed file of the installation is missing.
    InstallIncomplete = "K104",
    /// The department did not answer in time.
    ShareSlow = "X101",
    /// The department's system cannot be reached or is out of order.
    ShareDown = "X102",
    /// The department's answer cannot be understood.
    ShareGarbage = "X103",
    /// The department's answer is larger than allowed.
    ShareOversize = "X104",
    /// The department's answer is in another encoding than agreed.
    ShareEncoding = "X105",
    /// The department took the request for a repeated one.
    ShareReplay = "X106",
    /// The department's SOAP service answered with a fault.
    ShareSoapFault = "X107",
    /// The department refuses this use of its data.
    ShareDenied = "X108",
    /// No authorisation covers this call.
    ShareNotAuthorised = "X109",
    /// The authorisation's quota of the day is used up.
    ShareQuota = "X110",
    /// The resource is not shared, or suspended.
    ShareClosed = "X111",
    /// The resource failed repeatedly and is left alone for a while.
    ShareBreaker = "X112",
    /// The sharing request is not in a state for this step.
    GrantState = "X113",
    /// An exchange message is no XML document as agreed.
    ExchangeUnreadable = "X114",
    /// An exchange message breaks the schema.
    ExchangeSchema = "X115",
    /// An exchange message's digest or signature is wrong.
    ExchangeSignature = "X116",
    /// The same message number came with other content.
    ExchangeConflict = "X117",
    /// The exchange partner is not known.
    ExchangePeer = "X118",
}
