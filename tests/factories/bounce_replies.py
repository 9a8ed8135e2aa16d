"""Replies of mail servers, one per line. The addresses are invented; each wording is in use somewhere."""

#: In reply to RCPT: the address does not exist, or its host accepts no mail.
DEAD_ADDRESS_REPLIES = """\
550 5.2.0 No such mailbox
550 unrouteable address
550 unavailable mail user
550 recipient does not have an account
550 not user of this server
550-ada@mail.example is not an active address at this host (invalid username)
550 BAD_RECIPIENT - see http://www.mail.example/undelivered.php?r=BAD_RECIPIENT
550 5.7.1 No mailbox found
550-<ada@mail.example> is not a known user on this system; 550 see http://www.example.net/cs/email/bounce.html
551 5.1.1 recipient is not exist
550 Local User [ada@mail.example] not found.
550 #2175041 unavailable mail user
550 #5.1.0 Address rejected.
550 User ada@mail.example is not found in Server .
550 Address is unknown
550 ADDRESS_NOT_FOUND
550 No mail box available for this user
550 No such mail drop defined.
550 server doesn't handle mail for that user
550 This email address is not known to this system
550 User ada@mail.example was not found in LDAP server
550 Addressee unknown, relay=[192.0.2.1]
550 5.1.1 <ada@mail.example>... email address lookup in domain map failed
550 User not a member of domain: <ada@mail.example>
550-"The recipient cannot be verified.  Please check all recipients of this 550 message to verify they are valid."
550 Command RCPT User <ada@mail.example> not OK
501 #5.1.1 bad address ada@mail.example
553 sorry, no mailbox here by that name (#5.7.1)
553 5.3.0 <ada@mail.example>... Recipient address no longer exists
550 5.1.2 ada@mail.example... Host unknown (Name server: .: no data known)
553 address unknown
556 5.1.1 Invalid account. Tenant or Domain not found
550 recipient unrecognized
550 5.1.1 RESOLVER.ADR.RecipNotFound; not found
550 5.1.3 STOREDRV.Submit; invalid recipient address
550 5.1.1 User email address is marked as invalid.
550 5.7.1 <ada@mail.example>: Recipient address rejected: User email address is marked as invalid.
550 #5.1.0 Address rejected ada@mail.example
550 Address unknown to this server
550 5.1.1 Mail Refused - Address <ada@mail.example> Recipient Unknown
550 5.1.1 The account does not exist: ada
550 Invalid recipient: the mailbox ada does not exist on this domain
550 recipient address unknown
550 <ada@mail.example>, user isn't hosted here
550 cuda_nsu <ada@mail.example>... User unknown
550 L'utilisateur n'existe pas
550 5.1.1 Cuenta inexistente
550 Buzon inexistente
550 5.1.1 L'indirizzo non esiste
550 casella di posta inesistente
550 5.1.1 Adresat nieznany
550 Onbekende gebruiker
550 Postvak bestaat niet
550 5.1.6 Mailbox has moved
550 ada has left the company
550 ada no longer works here
550 The employee has left the organisation
550 5.1.1 account deleted
550 Address changed, no forwarding address
550 5.1.3 Bad recipient address syntax
550 Recipient not in directory
550 <ada@mail.example> unknown
550 ada@mail.example unknown
550 <ada@mail.example> not found
550 <ada@mail.example>: no such user
550 ada isn't known here
550 ada isn't a user on this machine
550 Unknown mailbox
550 unknown subscriber
550 address not valid
550 Requested action not taken: user not found
550 nobody here by that name
550 nobody with this name here
550 unable to locate user
550 unable to locate recipient
550 cannot locate user
550 recipient can't be found
550 failed to find user ada
550 failed to locate mailbox
550 non existent mailbox
550 this mailbox is nonexistent
550 recipient dose not exist
550 mailbox no exist
550 mailbox is not exist
550 email not found
550 5.1.1 <ada@mail.example>: Recipient address rejected: unknown
554 5.7.1 <ada@mail.example>: Recipient address rejected: Unknown recipient
550 5.0.0 <ada@mail.example>... User unknown
550 5.2.1 <ada@mail.example>... Addressee unknown, relay=[192.0.2.1]
550 5.1.1 <ada@mail.example> recipient mailbox unallocated
550 5.5.0 Requested action not taken: mailbox unavailable. [x.protection.example]
550 5.4.1 All recipient addresses rejected : Access denied [x.eop-nam02.prod.protection.outlook.com]
550 5.1.1 <ada@mail.example> User unknown
550 5.4.1 [ada@mail.example]: Recipient address rejected: Access denied [mail.example]
554 5.7.1 <ada@mail.example>: Recipient address rejected: Not in recipient list
550 Address rejected
550 5.1.1 <ada@mail.example>: Recipient address rejected
550 recipient invalid
550 5.1.1 <ada@mail.example>: Recipient rejected
550 5.1.1 No such user - pp
550 5.5.0 Requested actions not taken as the mailbox is unavailable
550 RCPT (ada@mail.example) dosn't exist
550 E-mail address is not handled by this system
550 5.1.1 ada is not known at this site
550 not known at this site
550 there is no one at this address
550 Recipient mailbox does not exist
553 no such mailbox here
""".splitlines()

#: The same in other languages.
DEAD_ADDRESS_REPLIES_TRANSLATED = """\
550 5.1.1 Boîte aux lettres inexistante
550 El buzón no existe
550 Usuário inexistente
550 Conta não existe
550 Destinatário não encontrado
550 endereço inexistente
550 Такого пользователя нет
550 Нет такого пользователя
550 Ящик не существует
550 Адрес не существует
550 Użytkownik nie istnieje
550 Nieznany użytkownik
550 Användaren finns inte
550 Käyttäjää ei löydy
550 Uživatel neexistuje
550 neznámý příjemce
550 A felhasználó nem létezik
550 Kullanıcı bulunamadı
550 Böyle bir kullanıcı yok
550 该用户不存在
550 邮箱不存在
550 帐号不存在
550 查無此人
550 使用者不存在
550 존재하지 않는 사용자입니다
550 5.1.1 수신자를 찾을 수 없습니다
550 該当するユーザーは存在しません
550 宛先不明
550 受信者が存在しません
550 5.1.2 域名不存在
550 Der Empfaenger existiert nicht
550 Kein solcher Benutzer
550 Kein Benutzer mit dieser Adresse
550 Postfach nicht vorhanden
550 Adresse e-mail inexistante
550 Ce compte n'existe pas
550 Cuenta inexistente
550 La cuenta no existe
550 Usuario no encontrado
550 Destinatario desconocido
550 La casella non esiste
550 Utente inesistente
550 Caixa postal inexistente
550 Nie ma takiego konta
550 Konto nie istnieje
550 Dit adres bestaat niet
550 Ukendt bruger
550 Indirizzo inesistente
550 Destinatario errato
550 destin. Sconosciuto
550 Utilisateur inconnu
550 Die Domain existiert nicht
550 Le domaine n'existe pas
""".splitlines()

#: In reply to RCPT: full, blocked, refused, or about our own mail. The address may be valid.
LIVE_ADDRESS_REPLIES = """\
550 Benutzer hat zuviele Mails auf dem Server. / User has too many messages on the server.
550 5.7.1 Requested action not taken: message refused
552 This person's account is exceeding their quota.
554 delivery error: dd Sorry your message to ada@mail.example cannot be delivered. This account has been disabled or
550 Account Inactive
550 User suspended
553 mailbox ada@mail.example is restricted
501 ada@mail.example Sender email is not in my domain
554 Message refused
550 not local host mail.example, not a gateway
554 5.5.2 Invalid data in message
552 MessageWall: MIME/REJECT: Invalid structure
451 System(u) busy, try again later.
554 Please visit http://antispam.mail.example/denyip.php?IP=192.0.2.1 (#5.7.1)
550 Error: MAIL FROM is mismatched with message header from address!
553-Message filtered. Please see the FAQs section on spam
554 5.3.5 Local configuration error
550 You have been blocked by the recipient
550 Domain has received too many bounces
550 Too many spams from your IP
550 Esta casilla ha expirado por falta de uso
550 mailbox has been blocked due to inactivity
550 Your server 192.0.2.1 is in the blacklist, mail to unknown users
550 Too many unknown users from 192.0.2.1
550 5.7.1 Sender unknown
550 Sender user unknown
550 Domain may not exist or DNS check failed
550 Sender us@lists.example has no A, AAAA, or MX DNS records
553 5.1.8 <us@lists.example>... Domain of sender address us@lists.example does not exist
550 5.7.1 <us@lists.example>: Sender address rejected: User unknown in virtual mailbox table
550-Callback setup failed while verifying <us@lists.example> 550 Sender verify failed
550 5.7.1 Helo command rejected: Host not found
550 5.7.1 Client host rejected: cannot find your reverse hostname
554 No valid reverse DNS: host unknown
550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy
550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient
554 5.2.1 STOREDRV.Deliver.Exception:AccountDisabledException; Failed to process message
550 5.4.300 Message expired
550 5.1.20 Multiple From addresses are not allowed without Sender
550 5.7.501 Access denied, spam abuse detected
550 Administrative Prohibition - Envelope blocked - User Entry
554 Email rejected due to security policies
451 Account outbounds disabled
550 Message bounced due to Content Examination policy
554 Message not allowed - UP Email not accepted for policy reasons.
550 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help)
552 sender rejected AUP#POL
550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.
550 5.7.1 You are not allowed to send mail to this user
550 5.7.1 user ada has blocked mail from you
550 mailbox is full: no such space
552 Account(s) <ada@mail.example> does not have enough space
550 5.2.2 user has exceeded his disk quota
450 4.2.0 mailbox unavailable: user is moving, try later
451 Temporary LDAP error while verifying user
452 4.5.3 too many recipients
550 5.4.5 recipient domain rate limit exceeded
554 5.6.3 Message contains invalid header: unknown charset
550 Message header contains invalid address
553 5.6.0 Invalid From: header, user unknown
554 unknown command
503 valid RCPT command must precede DATA
550 Internal error: unknown error
554 service unavailable
550 Your host name is invalid
550 Authentication is required: user not found
535 5.7.8 Error: authentication failed: user not found
550 5.7.1 Delivery not authorized, message refused
550 This user does not accept mail from your domain
550 recipient does not accept mail over 10 MB
550 5.7.1 Address blocked by user
550-SPF-check failed: 550 example.com doesn't allow sending mails from 192.0.2.1
550 5.7.1 Rejected by spam filter
550 Suspected spam sender.
550 <ada@mail.example>: Bad DNS PTR resource record
550 <ada@mail.example>: IP address is block listed
550 5.7.1 Policy rejection on the target address
550 permanent failure for one or more recipients (ada@mail.example:blocked)
550 5.1.8 Domain of sender address does not exist
554 5.7.1 <ada@mail.example>: Recipient address rejected: BLOCK-SEND-ER.
554 Message not allowed - [299]
550 5.7.1 Recipient not authorized, your IP has been found on a block list
550 sorry, mail from your location [192.0.2.1] is administratively denied (#5.7.1)
550 mail.example [IR] Our system has detected an excessively high number of invalid recipients originating from your
550 5.7.1 unknown sender
550 You must authenticate first, unknown login
550 our system detected invalid recipients in your message list
554 5.7.1 You have exceeded the number of invalid recipients
550 attachment name not valid
550 Missing or invalid name in From header
550 unknown host name in HELO
550 Invalid message-id header, no such domain
550 host not found in your EHLO
550 list does not exist or you are not subscribed
550 address ada@mail.example requires authentication
550 user account expired
550 mailbox not activated yet
550 address temporarily unavailable
421 4.3.0 mailbox lookup failed, user database unavailable
550 user database unavailable
550 LDAP server not found
550 backend server not found
550 certificate name not valid
554 no valid certificate found
550 PTR record not found for your IP
550 No A record found for your host
550 sender's mailbox does not exist
550 sender account unknown
550 unable to find sender domain
550 reply address does not exist
550 your mailbox does not exist
550 your account does not exist here, please log in
550 recipient does not want mail from you
550 recipient has no longer space
552 mailbox no longer has space
552 no space for mailbox
552 invalid size
502 command not recognized
554 invalid MIME, name parameter missing
554 5.6.0 missing address in header
550 message has no recipient header
550 URL in message does not exist
550 domain in message body does not exist
550 5.7.1 content contains unknown virus
550 unknown problem
""".splitlines()

#: Texts of servers that searched their own directory.
LOCAL_UNKNOWN_USER_WORDING = """\
local: Sorry, can't find user's mailbox. (#5.1.1)
unrouteable mail domain "mail.example"
Unknown user
unknown user: "ada"
This address no longer accepts mail.
Sorry, no mailbox here by that name. (#5.1.1)
Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)
all relevant MX records point to non-existent hosts or (invalidly) to IP addresses
no mail exchanger for this domain
Host or domain name not found. Name service error for name=mail.example type=A: Host found but no data record of
Domain mail.example does not accept mail (nullMX)
DNS Error: 1234567 DNS type 'mx' lookup of mail.example responded with code NXDOMAIN
User ada (ada@mail.example) not listed in Domino Directory
The e-mail address you entered couldn't be found. Please check the recipient's e-mail address and try to resend the
The e-mail account does not exist at the organization this message was sent to. Check the e-mail address, or contact
There is a problem with the recipient's e-mail system: mailbox not found
Invalid final delivery userid: ada@mail.example
user not found
No such user
no such mailbox
mail.local: unknown name: ada
The user does not exist on this server
LOCAL module(account ada) reports: account does not exist
The recipient does not exist
Addressee unknown
Empfaenger unbekannt
L'utilisateur est inconnu
Destinatario sconosciuto
El usuario no existe
Usuário não encontrado
ユーザーが見つかりません
user doesn't exist
(user not found)
Domain does not exist
Unknown host
Unknown mail host
no such host
Domain not found
cannot resolve host mail.example
the host name mail.example could not be resolved
No MX record found for domain mail.example
Bad destination system address
No valid host found for domain
The domain name mail.example is not registered
No DNS entry for mail.example
Nonexistent domain
could not find any MX for domain
The user has moved
ada has moved to ada@new.example
The recipient has left the company
user has left
ada no longer works here
This e-mail address does not exist any more
Account has been removed
User has been deleted
mailbox has been permanently removed
""".splitlines()

#: Texts of servers about the route, or about existing mailboxes.
LOCAL_DELIVERY_ERRORS = """\
delivery temporarily suspended: connect to 192.0.2.1[192.0.2.1]: No route to host
LOCAL module(account ada) reports: account is full (quota exceeded)
cannot append message to destination file /var/mail/ada: error writing message: File too large
can not open new email file errno=13 file=/home/vpopmail/domains/x/Maildir/tmp/1
Messages without To: fields are not accepted here
Wiadomosc zostala odrzucona przez system antyspamowy
unknown mailer error 2
retry timeout exceeded
host mail.example[192.0.2.1] refused to talk to me: 554 invalid host
SMTP connection failed: unknown error
unable to verify the first certificate
host lookup did not complete
all host address lookups failed temporarily
DNS lookup failed: SERVFAIL
Temporary name server failure
Host or domain name not found. Name service error for name=mail.example type=MX: Host not found, try again
Name service error for name=mail.example type=MX: Server failure
CNAME lookup failed temporarily. (#4.4.3)
Deferred: Name server: mail.example.: host name lookup failure
DNS timeout while resolving host mail.example
could not find a gateway for ada
the message could not be delivered because the recipient's server is not responding
retry time not reached for any host
Message rejected by user filter: unknown sender
""".splitlines()

#: In reply to RCPT, as vendors document them or after RFC 3463, 7504 and 7505: the address is dead.
DOCUMENTED_DEAD_REPLIES = """\
550 5.1.1 Not our Customer
550 5.1.1 <ada@mail.example> user unknown to us
550 5.1.1 Bad recipient
550 5.1.1 No mailbox by that name is currently available
550 5.1.1 Mailbox Unknown
550 5.1.1 unable to find mailbox for ada
550 5.1.1 Recipient address unavailable
550 5.1.1 This recipient is not in our recipient list
550 Invalid address. user ada not in system
550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email
550-5.1.1 <ada@mail.example>: Email address could not be found, or was misspelled (G8)
550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@mail.example not found by SMTP address lookup
550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found
550 5.4.1 Recipient address rejected: Access denied. [DB5EUR01FT012.eop-EUR01.prod.protection.outlook.com 2024-03-04]
550 5.4.310 DNS domain mail.example does not exist [Message=InfoDomainNonexistent]
550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [DB8EUR05FT040.eop]
554 delivery error: dd This user doesn't have a yahoo.com account (ada@mail.example) [0] - mta1005.mail.gq1.yahoo.com
552 1 Requested mail action aborted, mailbox not found
550 5.1.1 <ada@mail.example>: Recipient address rejected: aol.com
550 5.1.1 unknown or illegal alias: ada@mail.example
550 5.1.1 <ada@mail.example>: user lookup success but no user record found
550 5.1.0 Address rejected ada@mail.example
550 5.1.1 User doesn't exist: ada@mail.example
550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [abc]
550 5.1.1 User Unknown (Proofpoint)
550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown in relay recipient table
550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown in local recipient table
550 permanent failure for one or more recipients (ada@mail.example:550 5.1.1 no such user)
550 No such recipient here
550 5.1.1 <ada@mail.example>: Recipient address rejected: undeliverable address: host mx[192.0.2.1] said: 550 5.1.1
553 5.3.0 <ada@mail.example>... no such user here
553 <ada@mail.example>... no such user here
553 no such user here
553 sorry, that domain doesn't have this user here (#5.1.1)
550 User not found: ada@mail.example
550 Mailbox not found: http://service.mail.qq.com/cgi-bin/help?subtype=1
550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728
550 MI:UNF User not found
550 5.1.1 <ada@mail.example>: 收件人地址不存在
550 非本地用户 user not exist
551 5.1.1 User does not exist
550 Message was not accepted -- invalid mailbox.  Local mailbox ada@mail.example is unavailable: user not found
550 5.7.1 No such user!
550 No such user! 1709545860-abc
550 5.1.1 Почтовый ящик не найден
550 Requested action not taken: mailbox unavailable For explanation visit https://postmaster.web.de/en/case?c=r0201
550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown in virtual mailbox table
550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. LPN105_402
550 5.5.1 Adresse d'au moins un destinataire invalide. Invalid recipient. OFR204_418
550 5.1.1 <ada@mail.example>: Adresse inconnue / User unknown
550 5.1.1 recipient rejected: el usuario no existe en el sistema
550 5.1.1 <ada@mail.example> utente sconosciuto / user unknown
550 5.2.0 <ada@mail.example> recipient rejected: mailbox does not exist
550 #5.1.1 bad address ada@mail.example
550 User unknown (ada@mail.example) GroupWise
550 5.1.1 sorry, no mailbox here by that name. (#5.1.1)
550 sorry, no mailbox here by that name. (#5.7.17)
511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
550 5.1.1 Recipient not found. <ada@mail.example>
550 5.1.2 <ada@mail.example>... Host unknown (Name server: mail.example: host not found)
556 5.1.10 Recipient address has null MX
521 5.3.2 Host does not accept mail
550 5.1.1 <ada@mail.example>... Mailbox no longer exists
550 <ada@mail.example>, Recipient unknown
550 5.1.6 recipient no longer on server: ada@mail.example
550 5.1.1 user ada@mail.example is not known
550 Account ada@mail.example does not exist on this server
550 Verification failed for <ada@mail.example> 550 No Such User Here
550 5.1.1 ada@mail.example is not a valid recipient
550 cuda_nsu No such user (ada@mail.example)
550 5.1.1 Recipient address rejected: email address does not exist
550 Unknown address error ada@mail.example
550 5.1.1 The user you are trying to reach could not be found at this domain
550 That mailbox is not known here
550 5.1.1 Account has been permanently deleted
550 5.1.1 there is no such person in this company
550 5.1.1 recipient e-mail address is invalid
550 5.1.1 Delivery failed: nobody uses this address
550 5.1.1 <ada@mail.example> Unknown local part ada in <ada@mail.example>
550 mail for ada not accepted here: unknown local user
550 5.1.1 Der Empfänger ist uns nicht bekannt
550 Unbekannter Benutzer
550 5.1.1 L'adresse du destinataire est inconnue
550 5.1.1 La dirección de correo no existe
550 5.1.1 Пользователь с таким адресом не зарегистрирован
550 5.1.1 邮箱账号不存在
550 <ada@mail.example> 5.1.1 User unknown; rejecting
550 #5.1.1 Unknown recipient
550 5.1.10 Recipient not found
550 5.4.1 Recipient address rejected: Access denied
550 5.1.1 ada@mail.example: no such email account
550 5.1.1 We do not have a user called ada
550 5.1.1 Recipient could not be resolved in our directory
550 5.1.1 The addressee is not one of our users
550 5.1.1 This address was retired in 2019 and does not exist any more
550 5.1.1 no valid recipients
550 5.1.1 Can't deliver: user does not have an account here
550 5.1.1 not a local user
550 5.1.1 mailbox has been deleted
550 5.1.1 recipient <ada@mail.example> was not found in the list of users
550 5.1.1 The email address does not match any account
550 5.1.1 Bad destination mailbox address
550 5.1.1 bad destination mailbox address 'ada'
550 5.1.2 Bad destination system address
550 5.1.3 Bad destination mailbox address syntax
550 5.1.6 Destination mailbox has moved, No forwarding address
550 5.1.1 Mailbox is not valid
550 5.1.1 <ada@mail.example>: Recipient address rejected: No such mailbox
550 5.1.1 <ada@mail.example>... User not known
550 5.1.1 aliased address unknown
550 5.1.1 Invalid address
550 5.1.1 ada: Unknown address
550 5.1.1 El destinatario no existe en este servidor
550 5.1.1 L'utente non esiste
550 5.1.1 Este endereço de e-mail não existe
550 5.1.1 Empfänger nicht gefunden
550 5.1.1 Adresse existiert nicht
550 5.1.1 Dieser Account existiert nicht
550 5.1.1 Cet utilisateur n'existe pas chez nous
550 5.1.1 Адресат не найден
550 5.1.1 Неизвестный получатель
550 5.1.1 收件人不存在
550 5.1.1 无此用户
550 5.1.1 お客様のメールアドレスは存在しません
550 5.1.1 Geen gebruiker met dit adres
550 5.1.1 Mottagaren finns inte
550 5.1.1 Alıcı adresi mevcut değil
550 5.1.1 Takový uživatel neexistuje
550 5.1.1 Nie znaleziono odbiorcy
550 5.1.2 The domain mail.example does not exist
550 5.1.2 mail.example: NXDOMAIN
550 5.4.4 no such domain mail.example
554 5.4.4 [internal] Domain Lookup Failed: NXDOMAIN
554 5.4.4 SMTPSEND.DNS.NonExistentDomain; nonexistent domain
550 5.1.1 The email account that you tried to reach is not in use
550 5.1.1 address unassigned
550 5.1.1 this mailbox was removed
550 5.1.1 not our user
550 5.1.1 not a valid user
""".splitlines()

#: A code about the address beside a text about something else: policy, preferences, quota, a fault of the name service.
#: Also temporary codes, and texts that match no pattern.
PROTECTED_ADDRESS_REPLIES = """\
550 5.1.1 recipient unavailable because the store is offline
550 5.1.1 user not found in allowed list of correspondents
550 5.1.1 mail address of originator not found
550 5.1.1 address not found in sender's address book
550 5.1.1 invalid address in From field
550 5.1.1 unknown user name or bad password
550 5.1.1 no such user or password wrong
550 5.1.1 Your account does not exist
550 5.1.1 invalid user credentials
550 5.1.1 you are not a valid user of this relay
550 5.1.1 recipient invalid for this listener; use submission port
550 5.1.1 unable to verify user: server down
550 5.1.1 cannot find user profile, storage node offline
550 5.1.1 mailbox not available at the moment
550 5.1.1 user not available, retry in an hour
550 5.1.1 account not paid
550 5.1.1 unknown encoding for recipient
550 5.1.1 user has moved away from email and reads nothing, mail is refused unless approved
550 5.1.1 Addressee unknown to the newsletter filter
550 5.1.1 this user does not accept newsletters
550 5.1.1 does not accept bulk messages
550 5.1.1 host not found in white list
550 5.1.1 domain not found in reputation service
550 5.1.1 name server for mail.example could not be found
550 5.1.2 mail.example unknown to our resolver at this time
550 5.1.1 no such user (rejected by content scanner)
550 5.1.1 Recipient not found; directory synchronisation is running
550 5.1.1 user unknown, probably because of an LDAP outage
550 5.1.2 domain name system is unavailable, domain not resolved
550 5.1.1 The recipient's preferences do not accept this message
550 5.1.1 <ada@mail.example>: Recipient address rejected: message refused due to recipient preferences
550 5.1.1 rejected by recipient's own settings
550 5.1.1 message blocked by the user's personal block list
550 5.1.1 The recipient has chosen not to receive mail from this sender
550 5.1.1 recipient only accepts mail from known contacts
550 5.1.1 Mail from your domain is refused by policy for this recipient
550 5.1.1 <ada@mail.example>: Recipient address rejected: policy restriction
550 5.1.1 Delivery restricted by organization policy
550 5.1.0 Sender denied as sender's email address is on SenderFilterConfig list
550 5.1.0 <news@lists.example> sender rejected
550 5.1.2 DNS lookup failure for mail.example, try later
550 5.1.2 DNS server failure while looking up mail.example
550 5.4.4 (unable to route: dns lookup failure)
550 5.1.2 Temporary DNS error
554 5.4.312 Message expired, DNS query failed [Message=InfoNoRecords]
550 5.4.312 DNS query failed [Message=ErrorRetry]
550 5.4.4 Host or domain name lookup: name server not responding
550 5.1.2 Name service error: Server failure
550 5.1.2 DNS timeout
550 5.1.2 domain lookup: SERVFAIL
550 5.4.4 DNS Soft Error looking up mail.example (MX): timeout
550 5.1.2 unable to resolve mail.example: query refused
550 5.3.2 STOREDRV.Deliver; system not accepting network messages
453 5.3.2 System not accepting network messages
550 5.3.2 system shutting down for maintenance
550 5.4.1 Relay Access Denied [x.eop.prod.protection.outlook.com]
550 5.7.1 Mail from this IP refused: greylisted
450 4.1.1 <ada@mail.example>: Recipient address rejected: User unknown
450 <ada@mail.example>: User unknown
450 User unknown
450 4.0.0 no such user
421 4.4.2 user unknown
450 Unknown user, try again later
550 5.1.1 <ada@mail.example>: Recipient address rejected: Greylisted, see http://postgrey
550 5.1.1 relaying denied
550 5.1.1 spam detected
550 5.1.1 Your message was classified as unsolicited
550 5.1.1 mailbox is full
550 5.1.1 <ada@mail.example> over quota
550 5.1.1 quota exceeded for unknown reason
550 5.1.1 Account disabled
550 5.1.1 message too big
550 5.1.1 Too many recipients
550 5.1.1 Connection refused by policy
550 5.1.1 Sender address does not exist
550 5.1.1 Sender's domain does not exist
550 5.1.1 rejected: your IP is listed
550 5.1.1 Blocked by the administrator
550 5.1.1 Message content rejected
550 5.1.1 attachments of this type are not accepted by this recipient
550 5.7.1 Recipient not authorized, your IP has been found on a block list. See https://community.mimecast.com
550 Rejected by header based manually Blocked Senders
550 Administrative prohibition - envelope blocked
550 csi.mimecast.org Poor Reputation Sender.
550 5.7.0 Local policy violation (Proofpoint)
554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1
550 5.7.1 Command rejected
550 permanent failure for one or more recipients (ada@mail.example:554 5.7.1 The message was blocked)
550 5.7.1 This email was rejected because it violates our security policy
550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed
550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required; Delivery restriction check failed
550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP
550 5.7.703 Your message can't be delivered because one or more recipients are blocked by your organization's tenant
550 5.2.121 RESOLVER.RST.RecipientLimitExceeded; recipient's per hour message receive limit exceeded
550 5.4.11 Agent generated message depth exceeded
550 5.0.350 Remote server returned an error -> 554 Message refused
550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://postmaster.apple.com
554 5.7.1 [HM08] Message rejected due to local policy
550 5.7.511 Access denied, banned sender[192.0.2.1]
421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints
554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes
550 relaying denied for <ada@mail.example>
550 Mailbox ada@mail.example is over the limit, user not accepting mail
554 5.2.2 Mailbox is full / Blocks limit exceeded / Inode limit exceeded
550 5.2.1 The user you are trying to contact is receiving mail too quickly
550 Message rejected: recipient has not opted in
550 User has not granted permission to the sender
550 5.1.1 Recipient not accepting mail: address in sender block list
550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726
550 Domain may not exist or DNS check failed. http://service.mail.qq.com
550 Connection frequency limited
550 Suspected bounce attacks
550 MI:IMF the sender domain address does not exist
554 DT:SPM 163 mx
550 RP:QRC
550 MI:SPF mx47
553 Requested action NOT taken: Local user only 163
550 RP:TRC 收件人接收数量超限
550 5.7.1 发件人地址不存在
550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc
550 5.7.1 Ваше письмо отклонено: спам
550 5.7.1 Получатель заблокировал отправителя
550 5.1.1 Empfänger nimmt keine Nachrichten von diesem Absender an
550 5.1.1 Annahme verweigert aus Richtliniengründen
550 5.1.1 Der Absender ist unbekannt
550 5.1.1 le destinataire refuse les messages de cet expéditeur
550 5.1.1 refusé pour cause de politique locale
550 5.1.1 rechazado por la política del destinatario
550 5.1.1 el buzón del usuario está lleno
550 5.1.1 mensagem recusada pela política
550 5.1.1 messaggio rifiutato per policy
550 5.1.1 收件人拒收
550 5.1.1 受信拒否設定
550 5.1.1 受信者の設定により拒否されました
554 Transaction failed: unknown user in sender callout
550 5.1.1 callback verification failed for sender
550 5.1.1 IMAP server could not be contacted, user lookup failed
550 5.1.1 LDAP lookup failed for user
550 5.1.1 Recipient verification temporarily unavailable
550 Address verification in progress; unknown address, try again later
550 5.1.1 user unknown or mailbox temporarily unavailable, try again later
550 5.1.1 Recipient server refused connection: connection refused
550 5.1.1 host mx.mail.example refused to talk to me: 554 5.7.1 denied
550 5.1.1 Recipient not provisioned yet; retry later
550 5.1.1 SPF check failed
550 5.1.1 DMARC policy of reject
550 5.1.1 virus found
550 5.1.1 rate limit exceeded for recipient
550 5.1.1 Due to a history of bad recipients your host is blocked
550 5.1.1 Recipient suppressed due to prior unsubscribe
550 5.1.1 user has moved to another system temporarily, mailbox locked
554 5.4.14 Hop count exceeded - possible mail loop ATTR34
554 5.4.14 Message rejected due to too many hops; unknown user
550 5.1.8 Access denied, bad outbound sender
550 5.4.300 Message expired -> 450 4.1.1 user unknown
550 5.1.90 Your message can't be sent because you've reached your daily limit
551 not our customer spam
551 5.7.1 Message contains spam or virus
521 5.2.1 : (DYN:T1) http://postmaster.info.aol.com/errors/554dynt1.html
521 5.2.1 : AOL will not accept delivery of this message.
550 5.2.0 RESOLVER.RST.NotAuthorized; not authorized
550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient because the sender
554 5.1.1 rejected after data: unwanted
552 5.1.1 storage allocation exceeded
550 5.1.1 Requested mail action not taken: mailbox busy
550 5.1.1 verification of recipient postponed
550 5.7.606 Access denied, banned sending IP
550 5.1.1 members only
550 5.1.1 You are not allowed to post to this mailing list
550 5.1.1 this address accepts only messages from a whitelist
550 5.1.1 address only accepts internal mail
550 5.1.1 external mail is not allowed to this recipient
550 5.1.1 User unknown to our greylisting system, wait five minutes
550 5.1.1 Sorry, our filters do not know your server, user unknown
550 5.7.1 <ada@mail.example>: Recipient address rejected: Mail appeared to be SPAM or forged. Ask your
550 5.7.1 <ada@mail.example>: Recipient address rejected: undeliverable sender
550 5.7.1 <ada@mail.example>: Recipient address rejected: Service is unavailable (in reply to RCPT TO command)
550 5.1.1 <ada@mail.example>: Recipient address rejected: not accepting new senders
550 5.1.1 Recipient does not subscribe to this list
550 5.1.1 Message from unknown sender refused
550 5.1.1 Not delivered at the request of the recipient
550 5.1.1 Recipient on leave, mail refused
550 5.1.1 delivery to this address is limited to staff
550 5.1.1 Access to this mailbox is denied
550 5.1.1 You do not have permission to send to this recipient
550 5.1.1 recipient accepts signed mail only
550 5.1.1 the recipient would have rejected your mail
550 5.1.1 The owner of this mailbox has turned off receiving
550 5.1.1 Mail rejected: no reverse lookup
550 5.1.2 No answer from the name server for mail.example
550 5.1.2 mail.example: DNSSEC validation failure
550 5.1.2 Could not look up the MX of mail.example: network unreachable
550 5.4.4 MX lookup of mail.example failed: REFUSED
550 5.1.2 destination host unreachable
550 5.1.2 Host mail.example is not responding
550 5.1.2 all MX of mail.example are down
550 5.1.2 we do not route mail for mail.example
550 5.1.3 Mail rejected, too many bad addresses in this session
550 5.1.1 quarantined for review
550 5.1.1 Ihre Nachricht wurde als Werbung abgelehnt
550 5.1.1 Le message a été rejeté par le filtre
550 5.1.1 Su mensaje fue bloqueado por el antispam
550 5.1.1 Сообщение отклонено фильтром
550 5.1.1 邮件被反垃圾系统拦截
550 5.1.1 该用户设置了黑名单
550 5.1.1 メールは受信制限されています
550 5.1.1 Postfach des Empfängers ist überfüllt
550 5.1.1 Die Mailbox nimmt derzeit keine Mail an
550 5.1.1 mailbox over its allocated limit
550 5.1.1 Recipient has exceeded their message count
550 5.1.1 incoming mail for this account is on hold
550 5.1.1 account under migration
550 5.1.1 mailbox unavailable due to system work
550 5.1.1 domain suspended for non payment
550 5.1.1 account expired
550 5.1.1 confirm that you are human to reach this user
550 5.1.1 challenge sent; address not verified
550 5.1.1 encryption needed for this recipient
550 5.1.1 TLS required by recipient domain
550 5.1.1 directory harvest attack detected: user unknown
550 5.1.1 no such user (dictionary attack protection)
550 5.1.1 message refused, code 17
550 5.1.1 declined
550 5.1.1 delivery not allowed
""".splitlines()
