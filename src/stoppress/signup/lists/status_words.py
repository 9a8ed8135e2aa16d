"""Words by which other systems mark an address that must not get mail, or whose consent is open, in many languages.

A list is searched for them in every cell, because a column of states may have any heading.
"""

ENDED_WORDS = frozenset(
    {
        # English
        *("unsubscribed", "unsubscribe", "cleaned", "bounced", "hard bounced", "complained", "complaint", "spam"),
        *("blocked", "blocklisted", "blacklisted", "disabled", "inactive", "suppressed", "deleted", "archived"),
        *("removed", "opted out", "opted-out", "opt-out", "optout", "not subscribed", "non-subscribed"),
        # German
        *("abgemeldet", "abbestellt", "ausgetragen", "gesperrt", "blockiert", "inaktiv", "gelöscht", "bereinigt"),
        *("nicht abonniert", "gekündigt", "unzustellbar"),
        # French
        *("désabonné", "désabonnée", "désinscrit", "désinscrite", "bloqué", "bloquée", "inactif", "inactive"),
        *("supprimé", "supprimée", "nettoyé", "non abonné", "non abonnée"),
        # Spanish and Portuguese
        *("baja", "dado de baja", "dada de baja", "cancelado", "cancelada", "desuscrito", "desuscrita", "bloqueado"),
        *("bloqueada", "inactivo", "inactiva", "eliminado", "no suscrito", "no suscrita", "descadastrado"),
        *("descadastrada", "inativo", "inativa", "cancelou a inscrição", "não inscrito"),
        # Italian and Dutch
        *("disiscritto", "disiscritta", "annullato", "cancellato", "cancellata", "bloccato", "inattivo"),
        *("non iscritto", "uitgeschreven", "afgemeld", "geblokkeerd", "inactief", "verwijderd"),
        # Nordic
        *("avmeldt", "avregistrerad", "avprenumererad", "afmeldt", "blockerad", "blokkert", "estetty", "peruttu"),
        # Polish, Ukrainian, Russian
        *("wypisany", "wypisana", "zablokowany", "nieaktywny", "usunięty", "відписаний", "відписана", "відписано"),
        *("відписався", "відписалася", "заблокований", "неактивний", "видалений", "отписан", "отписана"),
        *("отписался", "заблокирован", "неактивен"),
        # Arabic, Japanese, Chinese
        *("ألغى الاشتراك", "غير مشترك", "محظور", "配信停止", "解除済み", "退订", "已退订", "已取消订阅"),
    }
)
OPEN_WORDS = frozenset(
    {
        *("pending", "unconfirmed", "not confirmed", "awaiting confirmation", "requested"),
        *("unbestätigt", "nicht bestätigt", "ausstehend", "en attente", "non confirmé", "non confirmée"),
        *("pendiente", "no confirmado", "no confirmada", "sin confirmar", "pendente", "não confirmado"),
        *("in attesa", "non confermato", "in afwachting", "niet bevestigd", "oczekujący", "niepotwierdzony"),
        *("очікує", "не підтверджено", "непідтверджений", "ожидает", "не подтвержден", "غير مؤكد", "قيد الانتظار"),
    }
)
